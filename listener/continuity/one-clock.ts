/** Clocks of two hosts differ by less. Milliseconds. */
const CLOCKS_DIFFER_MS = 2_000;

/** By so much a clock is set at least; less is how it is read, or made up for. Milliseconds. */
const SET_BY_MS = 250;

/** When something was received, by the time of day and by the monotonic clock, milliseconds. */
interface Receipt {
  readonly receivedAt: number;
  readonly receivedAtMs: number;
}

/** Whether a time lies so far in the future that another clock must have told it. Both in milliseconds since the Unix epoch. */
export function isAhead(at: number, now: number): boolean {
  return at > now + CLOCKS_DIFFER_MS;
}

/**
 * By how much later than it was noted each receipt is by the clock of a predecessor: one number for each clock that it may
 * have had, in milliseconds, negative for earlier.
 *
 * Where a clock was set meanwhile, a predecessor may have written before or afterwards. Only a low-watermark that
 * would lie in the future shows that it was not by that clock.
 * @param kept in the order of receipt
 * @param lowWatermark of the predecessor, milliseconds since the Unix epoch
 * @param now by the time of day and by the monotonic clock, milliseconds
 */
export function laterByOf(
  kept: readonly Receipt[],
  lowWatermark: number,
  now: Receipt,
): readonly (readonly number[])[] {
  const present = aheadOf(now);
  const clocks = [present];
  const clockOf = (receipt: Receipt) => {
    const ahead = aheadOf(receipt);
    const known = clocks.find((clock) => Math.abs(clock - ahead) < SET_BY_MS);
    if (known === undefined) clocks.push(ahead);
    return known ?? ahead;
  };
  const noted = kept.map(clockOf);
  const possible = clocks.filter((clock) => !isAhead(lowWatermark, now.receivedAt + clock - present));
  const ofPredecessor = possible.length > 0 ? possible : [Math.max(...clocks)];
  const laterBy = new Map(clocks.map((clock) => [clock, ofPredecessor.map((other) => other - clock)]));
  return noted.map((clock) => laterBy.get(clock) ?? [0]);
}

/** By how much the time of day is ahead of the monotonic clock, in milliseconds. */
function aheadOf({ receivedAt, receivedAtMs }: Receipt): number {
  return receivedAt - receivedAtMs;
}
