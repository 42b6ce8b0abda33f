import { Duration } from 'aws-cdk-lib';
import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm-definitions.ts';
import { FIVE_MINUTES } from './metrics.ts';
import type { RelayedListener } from './relayed-listener.ts';

/** Longer than a relay lives. */
const HALF_AN_HOUR = Duration.minutes(30);
const { BREACHING, NOT_BREACHING } = TreatMissingData;

/** What goes wrong with the chain of relays itself. That nobody publishes meanwhile is another alarm. */
export function relayAlarms(listeners: ReadonlyMap<string, RelayedListener>): AlarmDefinition[] {
  return [...listeners].flatMap(([shard, listener]) => shardAlarms(shard, listener));
}

function shardAlarms(shard: string, { function: relayed, relays }: RelayedListener): AlarmDefinition[] {
  const sum = { period: FIVE_MINUTES, statistic: Stats.SUM };
  const ends = relays.flatMap(({ stateMachine }, index) =>
    Object.entries({
      failed: stateMachine.metricFailed(sum),
      aborted: stateMachine.metricAborted(sum),
      timedOut: stateMachine.metricTimedOut(sum),
    }).map(([how, metric]) => [`${how}${index}`, metric] as const),
  );
  return [
    {
      id: 'relay-failed',
      shard,
      cause: 'The state machine that keeps the listener running has ended otherwise than it should.',
      firstStep:
        'Read the last events of the execution that failed. The schedule has started another one by now.',
      metric: new MathExpression({
        expression: `SUM([${ends.map(([id]) => id).join(',')}])`,
        usingMetrics: Object.fromEntries(ends),
        period: FIVE_MINUTES,
        label: 'executions that ended badly',
      }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'relay-errors',
      shard,
      cause: 'A relay ended with an error, was killed, or could not be started.',
      firstStep: 'Read the last lines of the log before the error.',
      metric: new MathExpression({
        expression: 'SUM([errors,throttles,dropped])',
        usingMetrics: {
          errors: relayed.metricErrors(sum),
          throttles: relayed.metricThrottles(sum),
          dropped: relayed.metric('AsyncEventsDropped', sum),
        },
        period: FIVE_MINUTES,
        label: 'errors of relays',
      }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'relay-stopped',
      shard,
      cause:
        'For half an hour no relay was started, where one starts every quarter of an hour: the chain is broken.',
      firstStep: 'Ask whether the schedule is enabled, and what became of the executions that it started.',
      metric: relayed.metricInvocations({ period: HALF_AN_HOUR, statistic: Stats.SUM }),
      threshold: 1,
      when: 'below',
      periods: 1,
      missing: BREACHING,
    },
  ];
}
