import { GAP_MARGIN_MS, marginOf, TAKEOVER } from './coverage.ts';
import type { Evidence, SeenEvent, SentChange } from './records.ts';

/** Connections and listeners may be so far apart; what looks alike within it can't be told from an echo. Milliseconds. */
const ALIKE_WITHIN_MS = 12_000;
/**
 * Of states that were repeated so soon a successor can't tell which one was its predecessor's last: each of the two may
 * have read the half of it late, and not noticed. Milliseconds.
 */
const SOON_MS = 3_000;
/** So long before a takeover may that have been which its predecessor published last. Milliseconds. */
const BEFORE_TAKEOVER_MS = 20_000;

/**
 * Of events that tell a change once more, under another event id, those that nothing accounts for. Three things do.
 * While a gap is open, what was asked for by REST counts as a version, too: a successor that was not there, or comes
 * before that is written down, counts on from another place; so where another listener began to publish meanwhile, or
 * told of that gap because it did, it accounts for it. Of a state that was repeated soon a successor can't know how often its
 * predecessor has told it: rather once more than once too few; then all from its first time on comes once more, and
 * counts on from another place. And a listener that stood still has received late what another one published meanwhile,
 * and can't tell it from repetitions.
 */
export function unexcusedDoubles(
  doubled: readonly SeenEvent[],
  { sent, gaps, faults, holders }: Pick<Evidence, 'sent' | 'gaps' | 'faults' | 'holders'>,
): readonly SeenEvent[] {
  const changes = new Map(sent.map((change) => [change.correlationId, change]));
  const open = gaps
    .map(({ closedAt = Number.POSITIVE_INFINITY, ...gap }) => ({
      ...gap,
      closedAt,
      margin: marginOf({ ...gap, closedAt }, faults),
    }))
    .filter(
      ({ reason, from, closedAt, margin }) =>
        reason === TAKEOVER ||
        holders.slice(1).some(({ at }) => from - margin <= at && at <= closedAt + margin),
    );
  const stalls = faults.filter(({ standsStill }) => standsStill);
  const alike = new Map<string, SentChange[]>();
  for (const change of sent) alike.set(bodyOf(change), [...(alike.get(bodyOf(change)) ?? []), change]);
  const isRepeated = (change: SentChange) =>
    alike
      .get(bodyOf(change))
      ?.some((other) => other !== change && Math.abs(other.at - change.at) <= ALIKE_WITHIN_MS) ?? false;
  const repeatedSoon = [...alike.values()].flatMap((changes) =>
    changes.filter(
      (change, index) => (changes[index + 1]?.at ?? Number.POSITIVE_INFINITY) - change.at <= SOON_MS,
    ),
  );
  const wasTakenOver = ({ at }: SentChange) =>
    holders.slice(1).some((holder) => at <= holder.at && holder.at - at <= BEFORE_TAKEOVER_MS);
  const mayBeShifted = (change: SentChange) =>
    wasTakenOver(change) &&
    repeatedSoon.some(
      (other) =>
        other.conversationId === change.conversationId &&
        other.at <= change.at &&
        change.at - other.at <= ALIKE_WITHIN_MS,
    );
  return doubled.filter(({ correlationId = '', at: seenAt }) => {
    const change = changes.get(correlationId);
    if (change !== undefined && (isRepeated(change) || mayBeShifted(change))) return false;
    const at = change?.at ?? seenAt;
    const isOfStall = stalls.some(
      ({ from, until }) => from - GAP_MARGIN_MS <= at && at <= until + GAP_MARGIN_MS,
    );
    const isOfGap = open.some(({ from, closedAt, margin }) => from - margin <= at && at <= closedAt + margin);
    return !isOfStall && !isOfGap;
  });
}

const bodyOf = ({ conversationId, digest }: SentChange) => `${conversationId} ${digest}`;
