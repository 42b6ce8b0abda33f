import { marginOf } from './coverage.ts';
import type { Evidence, SeenEvent } from './records.ts';

/**
 * Of events that tell a change once more, under another event id, those that nothing accounts for. Two things do.
 * While a gap is open, what was asked for by REST counts as a version, too: a successor that was not there, or comes
 * before that is written down, counts on from another place, and tells so by the gap. And of a state that was repeated
 * within moments a successor can't know how often its predecessor has told it: rather once more than once too few.
 */
export function unexcusedDoubles(
  doubled: readonly SeenEvent[],
  { sent, gaps, faults }: Pick<Evidence, 'sent' | 'gaps' | 'faults'>,
): readonly SeenEvent[] {
  const changes = new Map(sent.map((change) => [change.correlationId, change]));
  const open = gaps.map((gap) => ({ ...gap, margin: marginOf(gap, faults) }));
  const bodies = new Map<string, number>();
  for (const { digest } of sent) if (digest !== undefined) bodies.set(digest, (bodies.get(digest) ?? 0) + 1);
  return doubled.filter(({ correlationId = '', at: seenAt }) => {
    const change = changes.get(correlationId);
    if ((bodies.get(change?.digest ?? '') ?? 0) > 1) return false;
    const at = change?.at ?? seenAt;
    return !open.some(
      ({ from, closedAt = Number.POSITIVE_INFINITY, margin }) =>
        from - margin <= at && at <= closedAt + margin,
    );
  });
}
