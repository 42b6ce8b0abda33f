import { gapsCovering, mayBeMissing, needlessGaps, openGaps, withEnds } from './coverage.ts';
import { crowdedOut } from './crowding.ts';
import { unexcusedDoubles } from './doubles.ts';
import { publishedUnfenced } from './fencing.ts';
import { disorderOf } from './order.ts';
import { presenceOf, repetitionsAmong } from './presence.ts';
import type { Evidence, ParkedReason, SeenEvent, SeenGap, SentChange, SentGarbage } from './records.ts';
import { type StaleConversation, staleConversations } from './staleness.ts';

/** What became of everything that was sent. */
export interface Judgement {
  /** Changes on the bus. */
  readonly published: number;
  /** Changes that lie parked and are not on the bus. */
  readonly parked: number;
  /** Neither on the bus nor parked nor made good within a gap that was told of. */
  readonly lost: readonly SentChange[];
  /** Neither on the bus nor parked. */
  readonly missing: readonly SentChange[];
  /** Those of the missing that no fault accounts for that may cost frames. */
  readonly unexcused: readonly SentChange[];
  readonly stale: readonly StaleConversation[];
  readonly outOfOrder: readonly SentChange[];
  readonly outOfSequence: readonly SentChange[];
  /** Those of the lost whose body came more than once: taken for echoes. */
  readonly swallowed: readonly SentChange[];
  /** Events of a change that is there under another event id already. */
  readonly doubled: readonly SeenEvent[];
  /** Those of them that no fault accounts for. */
  readonly doubledUnexcused: readonly SeenEvent[];
  /** Events published by a listener whose term was over. */
  readonly unfenced: readonly SeenEvent[];
  /** Parked for want of room, though pausing the socket would have helped. */
  readonly crowdedOut: readonly ParkedReason[];
  readonly redelivered: number;
  readonly backfilled: number;
  readonly openGaps: readonly SeenGap[];
  /** Gaps that no fault accounts for. */
  readonly needlessGaps: readonly SeenGap[];
  /** Frames that nothing can be made of, and that were not parked either. */
  readonly garbageLost: readonly SentGarbage[];
}

/** How near a fault may be for garbage not to have reached anyone, milliseconds. */
const NEAR_MS = 3_000;

/** Judges a campaign by what went in and what came out, with no look inside. */
export function judge(told: Evidence): Judgement {
  const evidence = { ...told, gaps: withEnds(told.gaps) };
  const { sent, events, gaps, faults, truth } = evidence;
  const { missing, doubled, redelivered } = presenceOf(sent, events);
  const stale = staleConversations(truth, events);
  const madeGood = followed(evidence, new Set(stale.map(({ conversationId }) => conversationId)));
  const lost = missing.filter(
    (change) => gapsCovering(change.at, gaps, faults).length === 0 || !madeGood(change),
  );
  const disorder = disorderOf(sent, events, (at) => gapsCovering(at, gaps, faults).length > 0);
  const ids = new Set(sent.map(({ correlationId }) => correlationId));
  const carried = (ways: readonly SeenEvent['way'][]) =>
    new Set(
      events
        .filter(({ way }) => ways.includes(way))
        .flatMap(({ correlationId }) => correlationId ?? [])
        .filter((id) => ids.has(id)),
    );
  const published = carried(['live', 'replayed']);
  return {
    published: published.size,
    parked: [...carried(['parked'])].filter((id) => !published.has(id)).length,
    lost,
    missing,
    unexcused: missing.filter(({ at }) => !mayBeMissing(at, evidence)),
    stale,
    outOfOrder: disorder.byArrival,
    outOfSequence: disorder.bySequence,
    swallowed: repetitionsAmong(lost, sent),
    doubled,
    doubledUnexcused: unexcusedDoubles(doubled, evidence),
    unfenced: publishedUnfenced(sent, events),
    crowdedOut: crowdedOut(evidence.parkedReasons, faults),
    redelivered,
    backfilled: events.filter((event) => event.backfilled && event.way !== 'parked').length,
    openGaps: openGaps(gaps),
    needlessGaps: needlessGaps(gaps, faults),
    garbageLost: garbageLost(evidence),
  };
}

/** Whether consumers have learned of a later state than the one that a change made, or of the same by another way. */
function followed({ sent, events }: Evidence, stale: ReadonlySet<string>): (change: SentChange) => boolean {
  const numbers = new Map(sent.map(({ correlationId, change }) => [correlationId, change]));
  const newest = new Map<string, number>();
  const backfilledAt = new Map<string, number>();
  for (const { conversationId, correlationId, backfilled, at } of events) {
    const number = correlationId === undefined ? 0 : (numbers.get(correlationId) ?? 0);
    newest.set(conversationId, Math.max(number, newest.get(conversationId) ?? 0));
    if (backfilled) backfilledAt.set(conversationId, Math.max(at, backfilledAt.get(conversationId) ?? 0));
  }
  return ({ change, conversationId, at }) =>
    (newest.get(conversationId) ?? 0) > change ||
    (backfilledAt.get(conversationId) ?? 0) > at ||
    // Nothing that counts was different: then there is nothing to make good.
    !stale.has(conversationId);
}

function garbageLost({ garbage, parkedFrames, gaps, faults }: Evidence): SentGarbage[] {
  return garbage.filter(({ marker, at }) => {
    if (parkedFrames.some((frame) => frame.includes(marker))) return false;
    if (gapsCovering(at, gaps, faults).length > 0) return false;
    return !faults.some(
      (fault) => fault.mayMiss && fault.from - NEAR_MS <= at && at <= fault.until + NEAR_MS,
    );
  });
}
