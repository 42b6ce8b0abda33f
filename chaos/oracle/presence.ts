import type { SeenEvent, SentChange } from './records.ts';

/** Which of the changes that were sent can be found again, and what is there more than once. */
export interface Presence {
  /** Neither on the bus nor parked. */
  readonly missing: readonly SentChange[];
  /** Events of the same change under different event ids, which no consumer can tell from a repetition. */
  readonly doubled: readonly SeenEvent[];
  /** Deliveries of an event that had been delivered, under the same event id: allowed, and left out by consumers. */
  readonly redelivered: number;
}

/**
 * Finds each change by its correlation id. One that can't be found that way is still there if its body is: once more,
 * under an event id of its own, and not before the change was made. Two connections may bring equal bodies, and which of
 * their frames is published does not matter, as long as each occurrence is.
 */
export function presenceOf(sent: readonly SentChange[], events: readonly SeenEvent[]): Presence {
  const frames = events.filter(({ correlationId }) => correlationId !== undefined);
  const byCorrelation = grouped(frames, ({ correlationId }) => correlationId ?? '');
  const spare = new Map<string, SeenEvent[]>();
  for (const sameChange of byCorrelation.values()) {
    const byId = [...grouped(sameChange, ({ eventId }) => eventId).values()];
    const [first, ...others] = byId.flatMap(([event]) => event ?? []);
    if (first === undefined || others.length === 0) continue;
    const key = keyOf(first);
    spare.set(key, [...(spare.get(key) ?? []), ...others]);
  }
  const missing = sent.filter((change) => {
    if (byCorrelation.has(change.correlationId)) return false;
    const candidates = spare.get(keyOf(change)) ?? [];
    const substitute = candidates.findIndex(({ at }) => at >= change.at);
    if (substitute === -1) return true;
    candidates.splice(substitute, 1);
    return false;
  });
  const deliveries = events.filter(({ way }) => way !== 'parked');
  return {
    missing,
    doubled: [...spare.values()].flat(),
    redelivered: deliveries.length - new Set(deliveries.map(({ eventId }) => eventId)).size,
  };
}

/** Of these, the changes whose body was sent more than once: mute, unmute, mute. */
export function repetitionsAmong(
  changes: readonly SentChange[],
  sent: readonly SentChange[],
): readonly SentChange[] {
  const occurrences = new Map<string, number>();
  for (const change of sent) occurrences.set(keyOf(change), (occurrences.get(keyOf(change)) ?? 0) + 1);
  return changes.filter((change) => (occurrences.get(keyOf(change)) ?? 0) > 1);
}

const keyOf = ({ conversationId, digest }: { conversationId: string; digest: string | undefined }) =>
  `${conversationId} ${digest}`;

function grouped<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
