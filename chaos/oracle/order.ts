import type { SeenEvent, SentChange } from './records.ts';
import { REPLACES } from './staleness.ts';

/** Changes of a conversation that came after a later one of it. */
export interface Disorder {
  /** By when they arrived on the bus. */
  readonly byArrival: readonly SentChange[];
  /** By `bridge.sequence`. */
  readonly bySequence: readonly SentChange[];
}

interface Told {
  readonly change: SentChange;
  readonly event: SeenEvent;
}

/**
 * Looks at each change where it was told last: a successor tells what follows once more, too, when its predecessor died while
 * an earlier change was still being parked and later ones were on the bus. What was asked for by REST has no place among them;
 * nor has what was only ever parked, which has it by its version.
 *
 * An event whose version is behind what had arrived by then takes nobody back. It is in order if its change had been told
 * in time before, or is one that a gap tells of.
 * @param isInGap whether a gap tells of a moment, milliseconds since the Unix epoch
 */
export function disorderOf(
  sent: readonly SentChange[],
  events: readonly SeenEvent[],
  isInGap: (at: number) => boolean,
): Disorder {
  const changes = new Map(sent.map((change) => [change.correlationId, change]));
  const told = events.flatMap((event): Told[] => {
    const change = event.correlationId === undefined ? undefined : changes.get(event.correlationId);
    return change === undefined ? [] : [{ change, event }];
  });
  const live = new Set(told.flatMap(({ event }) => (event.way === 'live' ? [event.eventId] : [])));
  const parked = new Set(told.filter(({ event }) => event.way === 'parked').map(({ change }) => change));
  const last = lastOf(told).filter(({ event }) => live.has(event.eventId));
  const arrived = last.filter(({ event, change }) => event.way === 'live' && !parked.has(change));
  const heeded = heededBy(events);
  const changesHeeded = new Set(
    told.filter(({ event }) => heeded.has(event)).map(({ change }) => change.change),
  );
  const ranked = last.toSorted((a, b) => (a.event.sequence < b.event.sequence ? -1 : 1));
  const takesBack = ({ event, change }: Told) =>
    heeded.has(event) || !(changesHeeded.has(change.change) || isInGap(change.at));
  const outOf = (order: readonly Told[]) =>
    overtaken(order)
      .filter(takesBack)
      .map(({ change }) => change);
  return { byArrival: outOf(arrived), bySequence: outOf(ranked) };
}

/** The events that a consumer puts in the place of what it had, by the version. */
function heededBy(events: readonly SeenEvent[]): ReadonlySet<SeenEvent> {
  const stored = new Map<string, SeenEvent>();
  return new Set(
    events.filter((event) => {
      const before = stored.get(event.conversationId);
      const heeds = event.way === 'live' && (before === undefined || REPLACES.version(event, before));
      if (heeds) stored.set(event.conversationId, event);
      return heeds;
    }),
  );
}

/** Each change where it was told last. */
function lastOf(told: readonly Told[]): Told[] {
  const newest = new Map<number, string>();
  for (const { change, event } of told)
    if (event.sequence > (newest.get(change.change) ?? '')) newest.set(change.change, event.sequence);
  return told.filter(({ change, event }) => newest.get(change.change) === event.sequence);
}

function overtaken(told: readonly Told[]): Told[] {
  const seen = new Set<number>();
  const newest = new Map<string, number>();
  return told.filter(({ change: { change, conversationId } }) => {
    if (seen.has(change)) return false;
    seen.add(change);
    const before = newest.get(conversationId) ?? 0;
    newest.set(conversationId, Math.max(before, change));
    return change < before;
  });
}
