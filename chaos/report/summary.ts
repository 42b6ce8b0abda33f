import type { Footprint } from '../listeners/footprint.ts';
import type { Shape } from '../listeners/shape.ts';
import { failuresOf, footprintFlatOf, type Outcome } from './outcome.ts';

/** What the last line of `--json` says. */
export interface Summary {
  readonly verdict: 'passed' | 'failed';
  readonly seed: number;
  readonly seconds: number;
  readonly rate: number;
  readonly shape: Shape;
  readonly standby: boolean;
  /** Changes that were written to a live socket. */
  readonly sent: number;
  /** Of them, so many a second; the rate less what no subscribed topic tells of and what came while no socket was live. */
  readonly sentPerSecond: number;
  /** Those of them that are on the bus. */
  readonly published: number;
  /** Those of them that lie parked and are not on the bus. */
  readonly parked: number;
  readonly lost: number;
  readonly missing: number;
  /** Missing though no fault was played that may cost any. */
  readonly missingUnexcused: number;
  readonly staleConversations: number;
  readonly outOfOrder: number;
  readonly outOfSequence: number;
  readonly swallowedRepetitions: number;
  readonly framesLost: number;
  readonly gapsOpened: number;
  readonly gapsClosed: number;
  /** That no fault accounts for. */
  readonly gapsNeedless: number;
  readonly backfilled: number;
  readonly duplicates: {
    readonly sameId: number;
    readonly otherIds: number;
    /** Of those with another event id, how many no gap accounts for. */
    readonly otherIdsUnexcused: number;
  };
  /** Events published by a listener whose lease was over. */
  readonly unfenced: number;
  /** Events parked for want of room that pausing the socket would have made. */
  readonly crowdedOut: number;
  /** The longest time without an event after the listener that published had ended, milliseconds. */
  readonly silenceMs: number | null;
  /** The same, beside a standby that was ready, while the bus took everything, with no other end soon after. */
  readonly silenceBesideStandbyMs: number | null;
  /** Containers, or invocations of the relay. */
  readonly listeners: number;
  /** How many relays have called for their successor, since their time was nearly over. */
  readonly handedOver: number;
  /** How often connections were replaced before they ended, by the reason. */
  readonly handovers: Readonly<Record<string, number>>;
  /** What the listener that lived longest weighed while there was load, in the third and the last quarter of that. */
  readonly footprint: Footprint | null;
  /** Whether that has stayed the same; null when there was less than five minutes of it. */
  readonly footprintFlat: boolean | null;
  /** The same of the campaign itself: mock, bus and books, which grow. */
  readonly ownFootprint: Footprint | null;
  readonly crashed: number;
  readonly secretsLeaked: number;
  /** How often each fault was played. */
  readonly faultsPlayed: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

export function summaryOf(outcome: Outcome): Summary {
  const { judgement, evidence, options } = outcome;
  const failures = failuresOf(outcome);
  const faultsPlayed: Record<string, number> = {};
  for (const { name } of evidence.faults) faultsPlayed[name] = (faultsPlayed[name] ?? 0) + 1;
  return {
    verdict: failures.length === 0 ? 'passed' : 'failed',
    seed: options.seed,
    seconds: options.seconds,
    rate: options.rate,
    shape: options.shape,
    standby: options.standby,
    sent: evidence.sent.length,
    sentPerSecond: Math.round(evidence.sent.length / options.seconds),
    published: judgement.published,
    parked: judgement.parked,
    lost: judgement.lost.length,
    missing: judgement.missing.length,
    missingUnexcused: judgement.unexcused.length,
    staleConversations: judgement.stale.length,
    outOfOrder: judgement.outOfOrder.length,
    outOfSequence: judgement.outOfSequence.length,
    swallowedRepetitions: judgement.swallowed.length,
    framesLost: judgement.garbageLost.length,
    gapsOpened: evidence.gaps.length,
    gapsClosed: evidence.gaps.length - judgement.openGaps.length,
    gapsNeedless: judgement.needlessGaps.length,
    backfilled: judgement.backfilled,
    duplicates: {
      sameId: judgement.redelivered,
      otherIds: judgement.doubled.length,
      otherIdsUnexcused: judgement.doubledUnexcused.length,
    },
    unfenced: judgement.unfenced.length,
    crowdedOut: judgement.crowdedOut.length,
    silenceMs: outcome.silenceMs,
    silenceBesideStandbyMs: outcome.silenceBesideStandbyMs,
    listeners: outcome.listeners,
    handedOver: outcome.handedOver,
    handovers: outcome.handovers,
    footprint: outcome.footprint ?? null,
    footprintFlat: footprintFlatOf(outcome),
    ownFootprint: outcome.ownFootprint ?? null,
    crashed: outcome.crashed.length,
    secretsLeaked: outcome.leaks.length,
    faultsPlayed,
    failures,
  };
}

function formatSilence(ms: number | null): string {
  return ms === null ? 'no listener was ended' : `${ms} ms at most`;
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, times]) => `${name} ${times}`);
  return all.join(', ') || 'none';
}

const FLATNESS = { true: ': flat', false: ': it has grown', null: '' } as const;

function formatFootprint(footprint: Footprint | null): string {
  if (footprint === null) return 'none lived long enough to tell';
  const { heapMb, rssMb, handles, cpu, seconds } = footprint;
  const both = ([third, last]: readonly [number, number]) => `${third} then ${last}`;
  return `heap ${both(heapMb)} MiB, resident ${both(rssMb)} MiB, handles ${both(handles)}, cores ${both(cpu)}, in the last two quarters of ${seconds} s`;
}

/** The same as a table for people. */
export function formatSummary(summary: Summary): string {
  const { failures, faultsPlayed, handovers, duplicates, verdict, ...rest } = summary;
  const rows: [string, string][] = [
    ['sent', `${rest.sent} changes on live sockets, ${rest.sentPerSecond} a second`],
    ['published', String(rest.published)],
    ['parked', String(rest.parked)],
    ['lost', String(rest.lost)],
    ['missing', `${rest.missing}, ${rest.missingUnexcused} of them with no fault that may cost any`],
    ['stale', `${rest.staleConversations} conversations`],
    ['out of order', `${rest.outOfOrder} by arrival, ${rest.outOfSequence} by sequence`],
    ['swallowed', `${rest.swallowedRepetitions} repetitions`],
    ['frames lost', String(rest.framesLost)],
    ['gaps', `${rest.gapsOpened} opened, ${rest.gapsClosed} closed, ${rest.backfilled} events backfilled`],
    [
      'duplicates',
      `${duplicates.sameId} with the same event id, ${duplicates.otherIds} with another one, ${duplicates.otherIdsUnexcused} of them with no gap that accounts for it`,
    ],
    ['unfenced', `${rest.unfenced} published without the lease`],
    ['crowded out', `${rest.crowdedOut} parked for want of room`],
    ['silence', formatSilence(rest.silenceMs)],
    ['with a standby', formatSilence(rest.silenceBesideStandbyMs)],
    [
      rest.shape === 'relay' ? 'relays' : 'listeners',
      `${rest.listeners} started${rest.shape === 'relay' ? `, ${rest.handedOver} called for the next one` : ''}, ${rest.crashed} ended out of order`,
    ],
    ['footprint', `${formatFootprint(rest.footprint)}${FLATNESS[`${rest.footprintFlat}`]}`],
    ['of the campaign', formatFootprint(rest.ownFootprint)],
    ['hand-overs', formatCounts(handovers)],
    ['faults', formatCounts(faultsPlayed)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return ['', ...table, '', verdict, ...failures.map((line) => `  ${line}`), ''].join('\n');
}
