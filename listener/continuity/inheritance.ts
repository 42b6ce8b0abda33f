import type { Untold } from '../contract/tracker.ts';
import type { Checkpoint, OpenGap } from './checkpoint-store.ts';
import { MARGIN_MS } from './outage.ts';

/** Over the seconds that a takeover takes, no conversation has more than a notification in so many milliseconds. */
const MEAN_BETWEEN_MS = 100;
/** Versions that go by the time of day count from here, to be small numbers. Milliseconds since the Unix epoch. */
const VERSIONS_SINCE = Date.UTC(2026, 0);

/** What a predecessor has left. */
export interface Inheritance {
  readonly gaps: readonly OpenGap[];
  /** Since when this listener can't be sure what was received, milliseconds since the Unix epoch. */
  readonly from: number;
  /** Whether that is a gap that nobody has told of. */
  readonly isOwn: boolean;
  /** Whether this listener knows of every event that its predecessor can have published. */
  readonly isCertain: boolean;
}

/**
 * What a successor finds.
 * @param completeSince when this listener began to have all that came, milliseconds since the Unix epoch
 */
export function inheritanceOf({ lowWatermark, gaps = [] }: Checkpoint, completeSince: number): Inheritance {
  const from = lowWatermark - MARGIN_MS;
  // One that has ended tells nothing of what came after: the predecessor may have died since.
  const isCovered = gaps.some(
    ({ from: gapFrom, until }) => gapFrom <= lowWatermark && (until === undefined || until >= completeSince),
  );
  const isOwn = completeSince > from && !isCovered;
  // Whoever closes a gap publishes what nobody has received.
  return { gaps, from, isOwn, isCertain: completeSince <= from && gaps.length === 0 };
}

/**
 * What can have been told that nobody wrote down. It goes by the time of day, and so exceeds what other terms have told that
 * began from the same checkpoint.
 * @param now milliseconds since the Unix epoch
 * @param known from which version on the predecessor counted what had no position
 */
export function untoldBy(now: number, { above }: Untold): Untold {
  return {
    above: Math.max(Math.ceil((now - VERSIONS_SINCE) / MEAN_BETWEEN_MS), above),
    beyondPositions: true,
  };
}
