import type { SeenEvent, SentChange } from './records.ts';

/**
 * The events of listeners that published under a term which was over. What was on its way to the bus when a term
 * ended may come late, and comes again from the successor; but a change that was made after the successor's first
 * event can't have been on its way then, so whoever published it under the old term had no right to.
 */
export function publishedUnfenced(
  sent: readonly SentChange[],
  events: readonly SeenEvent[],
): readonly SeenEvent[] {
  const madeAt = new Map(sent.map(({ correlationId, at }) => [correlationId, at]));
  const begun = new Map<string, number>();
  for (const { sequence, way, at } of events)
    if (way === 'live' && !begun.has(termOf(sequence))) begun.set(termOf(sequence), at);
  const terms = [...begun].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return events.filter(({ sequence, way, correlationId }) => {
    if (way !== 'live' || correlationId === undefined) return false;
    const own = termOf(sequence);
    const [, successorBegan] = terms.find(([term]) => term > own) ?? [];
    return successorBegan !== undefined && (madeAt.get(correlationId) ?? 0) > successorBegan;
  });
}

/** Of what `bridge.sequence` begins with: it is the same for all that a listener publishes in one term of its lease. */
const termOf = (sequence: string) => sequence.split('-')[0] ?? '';
