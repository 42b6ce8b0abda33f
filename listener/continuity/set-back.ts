import type { Checkpoint } from './checkpoint-store.ts';

/** Clocks of two hosts differ by less. Milliseconds. */
const CLOCKS_DIFFER_MS = 2_000;

/** When something was received, by the time of day and by the monotonic clock, milliseconds. */
interface Receipt {
  readonly receivedAt: number;
  readonly receivedAtMs: number;
}

/**
 * Tells by how much each of what was kept is later, by the clock that a predecessor went by, than it was noted here.
 *
 * That is 0 unless the clock was set back meanwhile: then what the predecessor noted last lies in the future, and what
 * came here since the clock was set back would seem to be older than it is.
 * @param kept in the order of receipt
 * @param now milliseconds since the Unix epoch
 * @returns for each of them, milliseconds
 */
export function setBackBy(
  kept: readonly Receipt[],
  { lowWatermark, positions }: Pick<Checkpoint, 'lowWatermark' | 'positions'>,
  now: number,
): readonly number[] {
  const isAhead = (at: number) => at > now + CLOCKS_DIFFER_MS;
  const wasSetBack =
    isAhead(lowWatermark) || [...positions.values()].some(({ receivedAt }) => isAhead(receivedAt));
  if (!wasSetBack) return kept.map(() => 0);
  let furthest = Number.NEGATIVE_INFINITY;
  return kept.map(({ receivedAt, receivedAtMs }) => {
    const offset = receivedAt - receivedAtMs;
    furthest = Math.max(furthest, offset);
    return furthest - offset;
  });
}
