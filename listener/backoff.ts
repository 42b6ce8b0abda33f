/** Exponential backoff with full jitter: a random wait between 0 and a ceiling that doubles up to a cap. */
export interface Backoff {
  /** The ceiling of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** The highest ceiling, in milliseconds. */
  readonly capMs: number;
  /** 0 (inclusive) to 1 (exclusive); `Math.random` unless a test says otherwise. */
  readonly random?: () => number;
}

/**
 * How long to wait before the next attempt, in milliseconds.
 * @param failures how many attempts have failed in a row, 1 or more
 * @param retryAfterMs what the peer asked for: never waited less, jitter comes on top
 */
export function backoffDelay(backoff: Backoff, failures: number, retryAfterMs = 0): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(failures - 1, 30));
  return retryAfterMs + Math.floor((backoff.random ?? Math.random)() * ceiling);
}
