import type { FoundCheckpoint, OpenGap } from './checkpoint-store.ts';
import { isAhead } from './one-clock.ts';
import { MARGIN_MS } from './outage.ts';

/** Where a predecessor's clock was set back since, it is taken to have come no further than so long ago. Milliseconds. */
const BY_ANOTHER_CLOCK_MS = 60_000;

/** What a predecessor has left. */
export interface Inheritance {
  readonly gaps: readonly OpenGap[];
  /** A gap that nobody has told of: when this listener can't be sure what was received. Milliseconds since the Unix epoch. */
  readonly own: { readonly from: number; readonly until: number } | undefined;
  /** Whether this listener knows of every event that its predecessor can have published. */
  readonly isCertain: boolean;
}

/** How a successor comes to its term. */
export interface Heir {
  /** Of the term before, by the lease; undefined when it tells of none. */
  readonly epochBefore: number | undefined;
  /** When it began to have all that came, milliseconds since the Unix epoch. */
  readonly completeSince: number;
  /** Whether the term before was its own. */
  readonly goesOn: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What a successor finds. */
export function inheritanceOf(
  { epoch, lowWatermark, gaps = [] }: FoundCheckpoint,
  { epochBefore, completeSince, goesOn, now }: Heir,
): Inheritance {
  const settledUntil = isAhead(lowWatermark, now) ? now - BY_ANOTHER_CLOCK_MS : lowWatermark;
  const from = settledUntil - MARGIN_MS;
  // One that has ended tells nothing of what came after: the predecessor may have died since.
  const isCovered = gaps.some(
    ({ from: gapFrom, until }) => gapFrom <= settledUntil && (until === undefined || until >= completeSince),
  );
  // A term between may have told what nobody wrote down, under versions that nobody knows of.
  const isUnwritten = !goesOn && (epoch === undefined || epoch !== epochBefore);
  const isMissed = (completeSince > from || isUnwritten) && !isCovered;
  const isCertain = completeSince <= from && gaps.length === 0 && !isUnwritten;
  const until = gaps.length > 0 || isUnwritten ? now : completeSince;
  // Whoever closes a gap publishes what nobody has received; and what only this listener has may be older than that.
  const ends = gaps.flatMap(({ until }) => until ?? []);
  const askedSince =
    !goesOn && ends.length > 0 && ends.length === gaps.length ? Math.max(...ends) : undefined;
  // A successor between that died before it wrote anything may have told of the time since then: this gap reaches over it.
  if (isMissed) return { gaps, own: { from: Math.min(from, askedSince ?? from), until }, isCertain };
  return { gaps, own: askedSince === undefined ? undefined : { from: askedSince, until: now }, isCertain };
}
