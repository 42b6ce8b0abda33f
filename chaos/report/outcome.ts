import type { CampaignOptions } from '../campaign.ts';
import { type Footprint, isFlat } from '../listeners/footprint.ts';
import type { Judgement } from '../oracle/judge.ts';
import type { Evidence } from '../oracle/records.ts';
import type { Leak } from '../oracle/secrets.ts';
import type { Silence } from '../oracle/silence.ts';

/** A campaign that has been run. */
export interface Outcome extends Silence {
  readonly options: CampaignOptions;
  /** Where logs, state, parked events and bodies are. */
  readonly folder: string;
  /** When the load began, milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly evidence: Evidence;
  readonly judgement: Judgement;
  readonly crashed: readonly string[];
  readonly leaks: readonly Leak[];
  /** Parking files that were sent again, and what went wrong with it. */
  readonly replay: { readonly files: number; readonly failures: readonly string[] };
  /** How many were started. */
  readonly listeners: number;
  /** How many relays have called for their successor. */
  readonly handedOver: number;
  /** How often connections were replaced before they ended, by the reason. */
  readonly handovers: Readonly<Record<string, number>>;
  /** Of the listener that lived longest, while there was load. */
  readonly footprint: Footprint | undefined;
  /** Of the campaign itself: mock, bus and books, while there was load. */
  readonly ownFootprint: Footprint | undefined;
}

/** So long a listener has to have been under load for its footprint to tell of leaks, seconds. */
const LONG_S = 290;

/** Whether the listener that lived longest has stayed as it was; null when it did not live for five minutes. */
export function footprintFlatOf({ footprint }: Pick<Outcome, 'footprint'>): boolean | null {
  return footprint === undefined || footprint.seconds < LONG_S ? null : isFlat(footprint);
}

/** What the campaign has shown to be broken, a line each; none: it has passed. */
export function failuresOf(
  outcome: Pick<Outcome, 'judgement' | 'crashed' | 'leaks' | 'replay' | 'footprint'>,
): readonly string[] {
  const { judgement, crashed, leaks, replay } = outcome;
  const failures: string[] = [];
  const say = (count: number, what: string) => {
    if (count > 0) failures.push(`${count} ${what}`);
  };
  say(judgement.parked, 'changes still lie parked, though all that was parked was sent again');
  say(judgement.lost.length, 'changes lost: neither on the bus, nor parked, nor made good within a gap');
  say(judgement.unexcused.length, 'changes missing though no fault was played that may cost any');
  say(judgement.stale.length, 'conversations stale: what was last published of them is not true');
  say(judgement.outOfOrder.length, 'changes out of order on the bus');
  say(judgement.outOfSequence.length, 'changes out of order by bridge.sequence');
  say(judgement.swallowed.length, 'genuine repetitions swallowed');
  say(judgement.doubledUnexcused.length, 'changes twice, under two event ids, though no gap accounts for it');
  say(judgement.unfenced.length, 'events published by a listener whose lease was over');
  say(judgement.crowdedOut.length, 'events parked for want of room that pausing the socket would have made');
  say(judgement.openGaps.length, 'gaps not closed');
  say(judgement.needlessGaps.length, 'gaps that no fault accounts for');
  say(judgement.garbageLost.length, 'frames neither published nor parked');
  if (footprintFlatOf(outcome) === false)
    failures.push(
      `a listener has grown, from the third to the last quarter: ${JSON.stringify(outcome.footprint)}`,
    );
  for (const line of crashed) failures.push(`a listener did not end in order: ${line}`);
  for (const { file, line } of leaks) failures.push(`a secret in ${file}: ${line}`);
  for (const line of replay.failures) failures.push(`replay failed: ${line}`);
  return failures;
}
