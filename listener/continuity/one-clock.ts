import type { Predecessor } from './alignment.ts';

/** Clocks of two hosts differ by less. Milliseconds. */
const CLOCKS_DIFFER_MS = 2_000;

/** When something was received, by the time of day and by the monotonic clock, milliseconds. */
interface Receipt {
  readonly receivedAt: number;
  readonly receivedAtMs: number;
}

/** Whether a time lies so far in the future that another clock must have told it. Both in milliseconds since the Unix epoch. */
export function isAhead(at: number, now: number): boolean {
  return at > now + CLOCKS_DIFFER_MS;
}

export interface OnOneClock {
  /** By how much each receipt is later by the predecessor's clock than it was noted; milliseconds, negative for earlier. */
  readonly laterBy: readonly number[];
  readonly predecessor: Predecessor;
}

/**
 * Brings what was received here and what a predecessor noted to one clock, though it was set meanwhile.
 *
 * Where the clock was ahead for a while, receipts of that time are later than they were, and so are positions that lie in
 * the future now. Where even the low-watermark does, the clock was set back after the predecessor wrote for the last
 * time: then what came here since is later than it seems. Where a clock was set forward, what was noted before is older
 * than everything since, as it should be.
 * @param kept in the order of receipt
 * @param now by the time of day and by the monotonic clock, milliseconds
 */
export function onOneClock(kept: readonly Receipt[], predecessor: Predecessor, now: Receipt): OnOneClock {
  const offsets = kept.map(({ receivedAt, receivedAtMs }) => receivedAt - receivedAtMs);
  if (isAhead(predecessor.lowWatermark, now.receivedAt)) {
    let furthest = Number.NEGATIVE_INFINITY;
    const laterBy = offsets.map((offset) => {
      furthest = Math.max(furthest, offset);
      return furthest - offset;
    });
    return { laterBy, predecessor };
  }
  const present = now.receivedAt - now.receivedAtMs;
  const wasAheadBy = offsets.reduce((most, offset) => Math.max(most, offset - present), 0);
  const positions = new Map(
    [...predecessor.positions].map(([key, position]) => {
      const { receivedAt } = position;
      const toldBefore = isAhead(receivedAt, now.receivedAt);
      return [key, toldBefore ? { ...position, receivedAt: receivedAt - wasAheadBy } : position];
    }),
  );
  return {
    laterBy: offsets.map((offset) => Math.min(present - offset, 0)),
    predecessor: { ...predecessor, positions },
  };
}
