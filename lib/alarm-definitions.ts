import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ApiCaller } from './api-caller.ts';
import { type BusinessHours, inBusinessHours } from './business-hours.ts';
import { acrossShards, FIVE_MINUTES, listenerMetric, ruleMetric } from './metrics.ts';

/** What is alarming, and what it tells whoever is woken by it. */
export interface AlarmDefinition {
  /** Its section in docs/runbook.md has this anchor. */
  readonly id: string;
  /** When the alarm is for one shard only. */
  readonly shard?: string;
  readonly cause: string;
  readonly firstStep: string;
  readonly metric: IMetric;
  /** Alarming at this value or beyond it, in the direction of `when`. */
  readonly threshold: number;
  readonly when: 'at-least' | 'below';
  /** So many periods in a row. */
  readonly periods: number;
  /** Breaching where nobody reporting is trouble in itself. */
  readonly missing: TreatMissingData.BREACHING | TreatMissingData.NOT_BREACHING;
}

const ONE_MINUTE = Duration.minutes(1);
const { BREACHING, NOT_BREACHING } = TreatMissingData;

/** Of one OAuth client; one more evicts another. */
const MOST_CHANNELS = 20;

/** Well beyond the usual tens of milliseconds, and soon enough to act before events are parked, after a minute. */
const LATE_MS = 5_000;

/** What pages somebody for one shard: then it matters which. Of two tasks one is enough here; see continuity-alarms.ts. */
function shardAlarms(shard: string, heartbeats: boolean): AlarmDefinition[] {
  const notLive: AlarmDefinition = {
    id: 'listener-not-live',
    shard,
    cause:
      'No live socket to Genesys Cloud for five minutes, or no task that reports. Updates are being missed.',
    firstStep: 'Read the last "connection ended" line of the log: its reason says what is wrong.',
    metric: listenerMetric('ConnectionLive', shard, { statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
    threshold: 1,
    when: 'below',
    periods: 5,
    missing: BREACHING,
  };
  // Elsewhere silence at night is no trouble, and the answers to pings are no frames.
  if (!heartbeats) return [notLive];
  return [
    notLive,
    {
      id: 'no-frames',
      shard,
      cause: 'Not one frame in five minutes, though a live socket brings a heartbeat every half minute.',
      firstStep: 'If listener-not-live is in alarm, too, begin there. Otherwise restart the task.',
      metric: listenerMetric('FramesReceived', shard, { statistic: Stats.SUM }),
      threshold: 1,
      when: 'below',
      periods: 1,
      missing: BREACHING,
    },
  ];
}

/**
 * What is the same question for all shards together.
 * @param heartbeats whether a live socket brings a frame now and then, however quiet it is
 */
export function listenerAlarms(
  shards: readonly string[],
  { heartbeats }: { readonly heartbeats: boolean },
): AlarmDefinition[] {
  return [
    ...shards.flatMap((shard) => shardAlarms(shard, heartbeats)),
    {
      id: 'events-lost',
      cause: 'Events or frames could be neither published nor parked. They are gone.',
      firstStep: 'Search the log for "lost: neither published nor parked": each line has the cause.',
      metric: acrossShards('EventsLost', shards, 'SUM', { statistic: Stats.SUM }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'events-parked',
      cause:
        'Events or frames were put aside because the bus did not take them. They are in a queue: what may pass is sent again by itself.',
      firstStep: 'Search the log for "event parked" and "frame parked": they have the code.',
      metric: acrossShards('EventsParked', shards, 'SUM', { statistic: Stats.SUM }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'events-late',
      cause: `One event in a hundred takes ${LATE_MS / 1000} s or more from the socket to the bus.`,
      firstStep: 'Look at PublishRetries on the dashboard: if it rises, EventBridge throttles or fails.',
      metric: acrossShards('PublishLatency', shards, 'MAX', { statistic: Stats.percentile(99) }),
      threshold: LATE_MS,
      when: 'at-least',
      periods: 3,
      missing: NOT_BREACHING,
    },
    {
      id: 'topics-rejected',
      cause:
        'Genesys Cloud refuses topics, or there are more than a channel takes: those conversations are not heard.',
      firstStep:
        'Search the log for "topic refused" and "no topic for": they name the topic and the missing permission.',
      metric: acrossShards('TopicsRejected', shards, 'SUM', { statistic: Stats.MAXIMUM }),
      threshold: 1,
      when: 'at-least',
      periods: 3,
      missing: NOT_BREACHING,
    },
    {
      id: 'channels-scarce',
      cause:
        'The OAuth client has no channel to spare: the next one, as every renewal and deployment needs, evicts another, whose listener is cut off.',
      firstStep:
        'Search the log for "channels of the OAuth client": it says how many are not the listener\'s own.',
      metric: acrossShards('ChannelsInUse', shards, 'MAX', { statistic: Stats.MAXIMUM }),
      threshold: MOST_CHANNELS - 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      id: 'internal-errors',
      cause: 'The listener tripped over a defect of its own. It goes on; a frame it tripped over is parked.',
      firstStep: 'Search the log for level "error": keep the lines with their stack traces, and report them.',
      metric: acrossShards('InternalErrors', shards, 'SUM', { statistic: Stats.SUM }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
  ];
}

/** Silence is normal at night and trouble by day. */
export function silenceAlarm(shards: readonly string[], hours: BusinessHours, year: number): AlarmDefinition {
  const notifications = acrossShards('NotificationsReceived', shards, 'SUM', { statistic: Stats.SUM });
  return {
    id: 'silent-in-business-hours',
    cause: `The socket is live, and yet no notification came for ${hours.silentMinutes} minutes of business hours.`,
    firstStep:
      'Ask whether the contact centre is open today. If it is, check topics and permissions of the OAuth client.',
    metric: new MathExpression({
      expression: `IF(notifications < 1, ${inBusinessHours(hours, 'notifications', year)}, 0)`,
      usingMetrics: { notifications },
      period: FIVE_MINUTES,
      label: 'silent in business hours',
    }),
    threshold: 1,
    when: 'at-least',
    periods: hours.silentMinutes / 5,
    // No figures at all is what listener-not-live is for; this one is about figures that are 0.
    missing: NOT_BREACHING,
  };
}

/** The example consumer, along the way of an event: the rule, the function, the queue of what failed. */
export function consumerAlarms(
  consumer: Pick<ApiCaller, 'rule' | 'function' | 'failedEvents'>,
  eventBusName: string,
): AlarmDefinition[] {
  const rule = { ruleName: consumer.rule.ruleName, eventBusName };
  return [
    {
      id: 'consumer-errors',
      cause:
        'The function that calls the API fails, or the rule cannot invoke it. Its events are tried again for a while.',
      firstStep:
        'Read the last errors in its log: the code says whether the API, the secret or the function is the cause.',
      metric: new MathExpression({
        expression: 'SUM([errors,throttles,failedInvocations,unsaved])',
        usingMetrics: {
          errors: consumer.function.metricErrors({ period: FIVE_MINUTES, statistic: Stats.SUM }),
          throttles: consumer.function.metricThrottles({ period: FIVE_MINUTES, statistic: Stats.SUM }),
          failedInvocations: ruleMetric('FailedInvocations', rule),
          unsaved: ruleMetric('InvocationsFailedToBeSentToDlq', rule),
        },
        period: FIVE_MINUTES,
        label: 'errors of function and rule',
      }),
      threshold: 1,
      when: 'at-least',
      periods: 2,
      missing: NOT_BREACHING,
    },
    {
      id: 'failed-events-waiting',
      cause: 'Events that the API never got are in the queue of failed events, kept for 14 days.',
      firstStep: 'Read one message without deleting it: it has the reason.',
      metric: consumer.failedEvents.metricApproximateNumberOfMessagesVisible({
        period: FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: NOT_BREACHING,
    },
  ];
}
