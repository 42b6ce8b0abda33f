import { GAP_MARGIN_MS, marginOf, TAKEOVER } from './coverage.ts';
import type { Evidence, SeenEvent } from './records.ts';

/**
 * Of events that tell a change once more, under another event id, those that nothing accounts for. A successor that
 * was not there for all that its predecessor had received counts versions on from another place, so what both have
 * received comes under two event ids. It says so itself: by a gap that begins with its takeover's low-watermark.
 * And a listener that stood still has received late what another one published meanwhile; should it publish later, it
 * can't tell that from repetitions, and takes it for those, since that is the lesser harm.
 */
export function unexcusedDoubles(
  doubled: readonly SeenEvent[],
  { sent, gaps, faults }: Pick<Evidence, 'sent' | 'gaps' | 'faults'>,
): readonly SeenEvent[] {
  const madeAt = new Map(sent.map(({ correlationId, at }) => [correlationId, at]));
  const takeovers = gaps
    .filter(({ reason }) => reason === TAKEOVER)
    .map((gap) => ({ ...gap, margin: marginOf(gap, faults) }));
  const stalls = faults.filter(({ standsStill }) => standsStill);
  return doubled.filter(({ correlationId = '', at: seenAt }) => {
    const at = madeAt.get(correlationId) ?? seenAt;
    const isOfStall = stalls.some(
      ({ from, until }) => from - GAP_MARGIN_MS <= at && at <= until + GAP_MARGIN_MS,
    );
    return (
      !isOfStall &&
      !takeovers.some(({ from, detectedAt, margin }) => from - margin <= at && at <= detectedAt + margin)
    );
  });
}
