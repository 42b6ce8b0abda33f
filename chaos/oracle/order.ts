import type { SeenEvent, SentChange } from './records.ts';

/** Changes of a conversation that came after a later one of it. */
export interface Disorder {
  /** By when they arrived on the bus. */
  readonly byArrival: readonly SentChange[];
  /** By `bridge.sequence`. */
  readonly bySequence: readonly SentChange[];
}

/**
 * Looks at each change where it was told last: a successor tells what follows once more, too, when its predecessor died while
 * an earlier change was still being parked and later ones were on the bus. What was asked for by REST has no place among them;
 * nor has what was only ever parked, which has it by its version.
 */
export function disorderOf(sent: readonly SentChange[], events: readonly SeenEvent[]): Disorder {
  const changes = new Map(sent.map((change) => [change.correlationId, change]));
  const told = events.flatMap((event) => {
    const change = event.correlationId === undefined ? undefined : changes.get(event.correlationId);
    return change === undefined ? [] : [{ change, event }];
  });
  const parked = new Set(told.filter(({ event }) => event.way === 'parked').map(({ change }) => change));
  const live = new Set(told.flatMap(({ event }) => (event.way === 'live' ? [event.eventId] : [])));
  const newest = new Map<SentChange, string>();
  for (const { change, event } of told)
    if (event.sequence > (newest.get(change) ?? '')) newest.set(change, event.sequence);
  const last = told.filter(
    ({ change, event }) => live.has(event.eventId) && event.sequence === newest.get(change),
  );
  const arrived = last.filter(({ event, change }) => event.way === 'live' && !parked.has(change));
  const ranked = last.toSorted((a, b) => (a.event.sequence < b.event.sequence ? -1 : 1));
  return {
    byArrival: overtaken(arrived.map(({ change }) => change)),
    bySequence: overtaken(ranked.map(({ change }) => change)),
  };
}

function overtaken(changes: readonly SentChange[]): SentChange[] {
  const seen = new Set<number>();
  const newest = new Map<string, number>();
  return changes.filter(({ change, conversationId }) => {
    if (seen.has(change)) return false;
    seen.add(change);
    const before = newest.get(conversationId) ?? 0;
    newest.set(conversationId, Math.max(before, change));
    return change < before;
  });
}
