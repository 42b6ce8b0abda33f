import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm-definitions.ts';
import { acrossShards, listenerMetric } from './metrics.ts';

/*
 * That a shard has one publisher, that another one is ready, that it knows where to go on, and that what was missed is asked
 * for. All tasks of a shard
 * report under the same name, each once a minute, so a maximum asks "does any?" and a sum counts tasks.
 */

const ONE_MINUTE = Duration.minutes(1);
const QUARTER_OF_AN_HOUR = Duration.minutes(15);
const { BREACHING, NOT_BREACHING } = TreatMissingData;

/** It is written every few seconds. What is older makes a successor publish that much a second time. */
const OLD_CHECKPOINT_MS = 60_000;

/** Two tasks report at least 28 times in a quarter of an hour that they are live, one at most 16 times. */
const REPORTS_OF_MORE_THAN_ONE = 22;

function shardAlarms(shard: string, standby: boolean): AlarmDefinition[] {
  const held: AlarmDefinition = {
    id: 'nobody-publishes',
    shard,
    cause:
      'For two minutes no task has held the lease of the shard: updates are received, if at all, and not published.',
    firstStep: 'Search the log for "lease": the last line says who holds it, or what the table answers.',
    metric: listenerMetric('LeaseHeld', shard, { statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
    threshold: 1,
    when: 'below',
    periods: 2,
    missing: BREACHING,
  };
  if (!standby) return [held];
  return [
    held,
    {
      id: 'standby-missing',
      shard,
      cause:
        'For half an hour only one task of the shard was live. Nothing is missed yet; it would be if that one died.',
      firstStep: 'Ask ECS for the events of the service: they say why its second task does not run.',
      metric: listenerMetric('ConnectionLive', shard, { statistic: Stats.SUM, period: QUARTER_OF_AN_HOUR }),
      threshold: REPORTS_OF_MORE_THAN_ONE,
      when: 'below',
      periods: 2,
      // None at all is what listener-not-live is for.
      missing: NOT_BREACHING,
    },
  ];
}

/** Lease, standby, gaps and checkpoint. */
export function continuityAlarms(
  shards: readonly string[],
  { standby }: { readonly standby: boolean },
): AlarmDefinition[] {
  return [
    ...shards.flatMap((shard) => shardAlarms(shard, standby)),
    {
      id: 'gap-open',
      cause:
        'Updates were missed, and for ten minutes it was not possible to ask for all that they may have changed.',
      firstStep: 'Search the log for "gap": it says since when, and which call is refused or fails.',
      metric: acrossShards('GapsOpen', shards, 'MAX', { statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
      threshold: 1,
      when: 'at-least',
      periods: 10,
      missing: NOT_BREACHING,
    },
    {
      id: 'lease-keeps-moving',
      cause:
        'A lease was lost three times or more within a quarter of an hour, other than by handing it over.',
      firstStep: 'Look at LeaseStoreFailures and EventLoopStalls on the dashboard: one of them is the cause.',
      metric: acrossShards('LeasesLost', shards, 'SUM', { statistic: Stats.SUM, period: QUARTER_OF_AN_HOUR }),
      threshold: 3,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'checkpoint-old',
      cause: `How far publishing has come was not written down for ${OLD_CHECKPOINT_MS / 1000} s. Nothing is missed; a successor would ask for more, and publish some events again.`,
      firstStep: 'Search the log for "checkpoint": it says what the table answers.',
      metric: acrossShards('CheckpointAge', shards, 'MAX', { statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
      threshold: OLD_CHECKPOINT_MS,
      when: 'at-least',
      periods: 3,
      missing: NOT_BREACHING,
    },
    {
      id: 'state-unreadable',
      cause:
        'A lease or a checkpoint, or a part of one, is damaged or of a later version. It went on from what could be read, with a gap.',
      firstStep:
        'Search the log for "could not be read": it says what, and why. After a rollback it is to be expected.',
      metric: acrossShards('StateUnreadable', shards, 'SUM', { statistic: Stats.SUM }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
  ];
}
