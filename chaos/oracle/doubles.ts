import { marginOf, TAKEOVER } from './coverage.ts';
import type { Evidence, SeenEvent } from './records.ts';

/**
 * Of events that tell a change once more, under another event id, those that nothing accounts for. A successor that
 * was not there for all that its predecessor had received counts versions on from another place, so what both have
 * received comes under two event ids. It says so itself: by a gap that begins with its takeover's low-watermark.
 */
export function unexcusedDoubles(
  doubled: readonly SeenEvent[],
  { sent, gaps, faults }: Pick<Evidence, 'sent' | 'gaps' | 'faults'>,
): readonly SeenEvent[] {
  const madeAt = new Map(sent.map(({ correlationId, at }) => [correlationId, at]));
  const takeovers = gaps
    .filter(({ reason }) => reason === TAKEOVER)
    .map((gap) => ({ ...gap, margin: marginOf(gap, faults) }));
  return doubled.filter(({ correlationId = '', at: seenAt }) => {
    const at = madeAt.get(correlationId) ?? seenAt;
    return !takeovers.some(
      ({ from, detectedAt, margin }) => from - margin <= at && at <= detectedAt + margin,
    );
  });
}
