import { gapsCovering } from '../oracle/coverage.ts';
import type { SeenEvent, SeenGap, SentChange } from '../oracle/records.ts';
import type { Outcome } from './outcome.ts';

/** How many of a kind are told in full. */
const MOST = 8;
/** Of a stale conversation. */
const MOST_LINES = 8;
/** Faults so near are told with a change, milliseconds. */
const NEAR_MS = 4_000;

/** All that is known of what failed, for whoever has to find out why. */
export function traceFailures(outcome: Outcome): readonly string[] {
  const { judgement, evidence } = outcome;
  const { lost, unexcused, outOfOrder, outOfSequence, swallowed, stale, openGaps, garbageLost } = judgement;
  const { doubledUnexcused, unfenced, crowdedOut, needlessGaps } = judgement;
  const isLost = new Set(lost);
  const ms = (at: number) => `+${at - outcome.startedAt} ms`;
  const changes = (title: string, all: readonly SentChange[]) =>
    section(title, all, (change) => describeChange(change, outcome));
  const event = ({ correlationId, eventId, sequence, way, at }: SeenEvent) => {
    const change = evidence.sent.find((each) => each.correlationId === correlationId);
    const of = change === undefined ? 'of no change' : `of ${describeChange(change, outcome)}`;
    return `event ${eventId} ${sequence} ${way} ${ms(at)} ${of}`;
  };
  const span = (gap: SeenGap) => {
    const until = gap.until === undefined ? 'no end' : ms(gap.until);
    return `${gap.id} (${gap.reason}) from ${ms(gap.from)} to ${until}, detected ${ms(gap.detectedAt)}`;
  };
  return [
    ...changes('lost', lost),
    ...changes(
      'missing and not excused',
      unexcused.filter((change) => !isLost.has(change)),
    ),
    ...changes('out of order', outOfOrder),
    ...changes('out of sequence', outOfSequence),
    ...changes('swallowed', swallowed),
    ...section('twice', doubledUnexcused, event),
    ...section('unfenced', unfenced, event),
    ...section('crowded out', crowdedOut, ({ at, size }) => `${size} characters ${ms(at)}`),
    ...section('stale', stale, (each) => {
      const last = evidence.sent.findLast(({ conversationId }) => conversationId === each.conversationId);
      return [
        `${each.conversationId} by ${each.by}: last published ${each.lastEventId ?? 'nothing'} ${each.lastSequence ?? ''}`,
        last === undefined ? 'no change of it was sent' : `last sent: ${describeChange(last, outcome)}`,
        ...difference(each.published, each.truth),
      ]
        .slice(0, MOST_LINES)
        .join('\n      ');
    }),
    ...section('gap not closed', openGaps, span),
    ...section('gap for nothing', needlessGaps, span),
    ...section('frame lost', garbageLost, ({ marker, at }) => `${marker} sent ${ms(at)}`),
    ...section(
      'fault',
      evidence.faults,
      ({ name, detail, from, until }) => `${name} ${ms(from)} to ${ms(until)} ${detail}`,
      Number.POSITIVE_INFINITY,
    ),
  ];
}

function section<Item>(
  title: string,
  items: readonly Item[],
  describe: (item: Item) => string,
  most = MOST,
): string[] {
  const lines = items.slice(0, most).map((item) => `${title}: ${describe(item)}`);
  return items.length > most ? [...lines, `${title}: … and ${items.length - most} more`] : lines;
}

function describeChange(
  { change, conversationId, at, channels, digest }: SentChange,
  outcome: Outcome,
): string {
  const { evidence, startedAt } = outcome;
  const holder = evidence.holders.findLast((each) => each.at <= at)?.caller ?? 'nobody';
  const faults = evidence.faults
    .filter(({ from, until }) => from - NEAR_MS <= at && at <= until + NEAR_MS)
    .map(({ name, from, until }) => `${name} +${from - startedAt}..${until - startedAt}`);
  const gaps = gapsCovering(at, evidence.gaps, evidence.faults).map(({ id, reason }) => `${id} ${reason}`);
  const siblings = evidence.sent.filter(
    (other) => other.conversationId === conversationId && other.digest === digest,
  ).length;
  return [
    `change ${change} of ${conversationId} written +${at - startedAt} ms to ${channels.size} channels`,
    `holder ${holder}`,
    `occurrences of its body ${siblings}`,
    `faults around: ${faults.join('; ') || 'none'}`,
    `gaps over it: ${gaps.join('; ') || 'none'}`,
  ].join(', ');
}

function difference(published: string | undefined, truth: string): string[] {
  if (published === undefined) return ['published: nothing that could be read'];
  const before = new Set(published.split('\n'));
  const after = new Set(truth.split('\n'));
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `published: ${line.trim()}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `true: ${line.trim()}`),
  ];
}
