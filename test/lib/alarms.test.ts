import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { METRICS as API_METRICS } from '../../lambda/call-api/metrics.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { EmfReporter } from '../../listener/telemetry/emf.ts';
import { METRICS } from '../../listener/telemetry/metrics.ts';
import { ManualClock } from '../manual-clock.ts';
import { API, onlyResource, queueId, resourcesOf, templateOf } from './synthesis.ts';

const template = templateOf({ api: API, standby: true, alarms: { email: 'on-call@example.com' } });

const stat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]),
  }),
});
const alarmProperties = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  TreatMissingData: z.string(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })).default([]),
  Metrics: z.array(z.looseObject({ MetricStat: stat.optional() })).default([]),
  EvaluationPeriods: z.number(),
  Period: z.number().optional(),
  AlarmActions: z.array(z.unknown()),
  OKActions: z.array(z.unknown()),
});

const emfLine = z.looseObject({
  service: z.string(),
  shard: z.string(),
  _aws: z.object({ CloudWatchMetrics: z.array(z.object({ Namespace: z.string() })) }),
});

function alarmsOf(given: ReturnType<typeof templateOf>) {
  const alarms = Object.values(resourcesOf(given, 'AWS::CloudWatch::Alarm')).map(({ Properties }) =>
    alarmProperties.parse(Properties),
  );
  return new Map(alarms.map((alarm) => [alarm.AlarmName.replace('conversation-bridge-', ''), alarm]));
}

const compare = (a: string, b: string) => a.localeCompare(b);
const alarms = alarmsOf(template);

describe('the alarms', () => {
  it('are few', () => {
    expect([...alarms.keys()].sort(compare)).toEqual([
      'channels-scarce',
      'checkpoint-old',
      'consumer-errors',
      'dead-letters-waiting',
      'events-late',
      'events-lost',
      'events-parked',
      'failed-events-waiting',
      'gap-open',
      'internal-errors',
      'lease-keeps-moving',
      'listener-not-live-0',
      'no-frames-0',
      'nobody-publishes-0',
      'parked-events-waiting',
      'silent-in-business-hours',
      'standby-missing-0',
      'state-unreadable',
      'topics-rejected',
    ]);
  });

  it.each([
    ['listener-not-live-0', 'breaching'],
    ['no-frames-0', 'breaching'],
    ['nobody-publishes-0', 'breaching'],
    ['standby-missing-0', 'notBreaching'],
    ['gap-open', 'notBreaching'],
    ['lease-keeps-moving', 'notBreaching'],
    ['checkpoint-old', 'notBreaching'],
    ['state-unreadable', 'notBreaching'],
    ['internal-errors', 'notBreaching'],
    ['parked-events-waiting', 'notBreaching'],
    ['dead-letters-waiting', 'notBreaching'],
    ['events-lost', 'notBreaching'],
    ['events-parked', 'notBreaching'],
    ['events-late', 'notBreaching'],
    ['topics-rejected', 'notBreaching'],
    ['channels-scarce', 'notBreaching'],
    ['silent-in-business-hours', 'notBreaching'],
    ['consumer-errors', 'notBreaching'],
    ['failed-events-waiting', 'notBreaching'],
  ])('%s takes missing data as %s', (name, missing) => {
    expect(alarms.get(name)?.TreatMissingData).toBe(missing);
  });

  it('channels are scarce when the next one would be the last', () => {
    expect(alarms.get('channels-scarce')).toMatchObject({
      Threshold: 19,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      Statistic: 'Maximum',
      MetricName: 'ChannelsInUse',
    });
  });

  it('not-live waits for five minutes without a live minute', () => {
    expect(alarms.get('listener-not-live-0')).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 5,
    });
  });

  it('nobody-publishes is for a shard of which no task held the lease in two minutes', () => {
    expect(alarms.get('nobody-publishes-0')).toMatchObject({
      MetricName: 'LeaseHeld',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 2,
    });
  });

  it('standby-missing tells one live task from two, and is there only where two are wanted', () => {
    const alarm = alarms.get('standby-missing-0');
    expect(alarm).toMatchObject({ MetricName: 'ConnectionLive', Statistic: 'Sum', Period: 900 });
    // Each live task reports 1 a minute; a period may begin or end between two reports.
    const { Threshold } = z.looseObject({ Threshold: z.number() }).parse(alarm);
    expect(Threshold).toBeGreaterThan(15 + 1);
    expect(Threshold).toBeLessThan(2 * (15 - 1));
    expect(alarmsOf(templateOf()).has('standby-missing-0')).toBe(false);
  });

  it('gap-open waits for ten minutes in a row with an open gap', () => {
    expect(alarms.get('gap-open')).toMatchObject({
      MetricName: 'GapsOpen',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 10,
    });
  });

  it('lease-keeps-moving and checkpoint-old take what is no single accident', () => {
    expect(alarms.get('lease-keeps-moving')).toMatchObject({
      MetricName: 'LeasesLost',
      Threshold: 3,
      Statistic: 'Sum',
      Period: 900,
    });
    expect(alarms.get('checkpoint-old')).toMatchObject({
      MetricName: 'CheckpointAge',
      Threshold: 60_000,
      Statistic: 'Maximum',
      EvaluationPeriods: 3,
    });
  });

  it.each([
    ['parked-events-waiting', 'ApproximateAgeOfOldestMessage', 'parked'],
    ['dead-letters-waiting', 'ApproximateNumberOfMessagesVisible', 'dead-letters'],
  ])('%s looks at %s of the queue %s', (name, metric, queue) => {
    expect(alarms.get(name)).toMatchObject({
      MetricName: metric,
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId(template, queue), 'QueueName'] } }],
    });
  });

  it('of parked events does not wait until they have become dead letters', () => {
    const { Threshold } = z.looseObject({ Threshold: z.number() }).parse(alarms.get('parked-events-waiting'));
    const { VisibilityTimeout, RedrivePolicy } = z
      .object({ VisibilityTimeout: z.number(), RedrivePolicy: z.object({ maxReceiveCount: z.number() }) })
      .parse(resourcesOf(template, 'AWS::SQS::Queue')[queueId(template, 'parked')]?.Properties);
    expect(Threshold).toBeGreaterThan(VisibilityTimeout);
    expect(Threshold).toBeLessThan(VisibilityTimeout * RedrivePolicy.maxReceiveCount);
  });

  it.each([
    ['events-lost', 'EventsLost'],
    ['events-parked', 'EventsParked'],
    ['internal-errors', 'InternalErrors'],
    ['state-unreadable', 'StateUnreadable'],
  ])('%s takes a single one', (name, metric) => {
    expect(alarms.get(name)).toMatchObject({
      MetricName: metric,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Statistic: 'Sum',
      EvaluationPeriods: 1,
    });
  });

  it('are told, and their ends, to a topic that CloudWatch may publish to', () => {
    const [topic] = Object.keys(resourcesOf(template, 'AWS::SNS::Topic'));
    for (const [name, alarm] of alarms) {
      expect(alarm.AlarmActions, name).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions, name).toEqual([{ Ref: topic }]);
    }
    expect(JSON.stringify(onlyResource(template, 'AWS::SNS::TopicPolicy').Properties)).toContain(
      '"Action":"sns:Publish","Condition":{"StringEquals":{"aws:SourceAccount":',
    );
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
  });

  it('say which shard where that matters, and add up the others', () => {
    const shards = ['a', 'b'].map((name) => ({ name, topics: [`queue:${name}`] }));
    const sharded = alarmsOf(templateOf({ shards }));
    expect([...sharded.keys()].filter((name) => name.startsWith('listener-not-live'))).toEqual([
      'listener-not-live-a',
      'listener-not-live-b',
    ]);
    const lost = sharded.get('events-lost')?.Metrics ?? [];
    expect(lost.map(({ Expression }) => Expression).filter(Boolean)).toEqual([
      'SUM([eventsLostSum0,eventsLostSum1])',
    ]);
  });

  it('take no silence for trouble on the org socket, which has no heartbeat', () => {
    const dialect = { mode: 'org-socket', organisation: 'acme', origin: 'https://bridge.example.com' };
    const names = [...alarmsOf(templateOf({ dialect })).keys()];
    expect(names).toContain('listener-not-live-0');
    expect(names).not.toContain('no-frames-0');
  });

  it('leave business hours out when they are switched off', () => {
    expect(alarmsOf(templateOf({ businessHours: { enabled: false } })).has('silent-in-business-hours')).toBe(
      false,
    );
  });
});

describe('every metric of ours that an alarm or the dashboard asks for', () => {
  const dashboard = JSON.stringify(
    onlyResource(template, 'AWS::CloudWatch::Dashboard').Properties,
  ).replaceAll('\\"', '"');
  const onDashboard = [...dashboard.matchAll(/"ConversationBridge","(\w+)","service","([\w-]+)"/g)].map(
    ([, name, service]) => ({ name, service }),
  );
  const inAlarms = [...alarms.values()].flatMap(({ Namespace, MetricName, Dimensions, Metrics }) => {
    const all = [
      { Namespace, MetricName, Dimensions },
      ...Metrics.map(({ MetricStat }) => MetricStat?.Metric),
    ];
    return all
      .filter((metric) => metric?.Namespace === 'ConversationBridge')
      .map((metric) => ({
        name: metric?.MetricName,
        service: metric?.Dimensions.find(({ Name }) => Name === 'service')?.Value,
      }));
  });

  it('is one that the listener or the function reports', () => {
    expect(onDashboard.length).toBeGreaterThan(20);
    expect(inAlarms.length).toBeGreaterThan(5);
    for (const { name, service } of [...onDashboard, ...inAlarms])
      expect(Object.keys(service === 'call-api' ? API_METRICS : METRICS)).toContain(name);
  });

  it('is on the dashboard when an alarm asks for it, so that whoever is woken sees since when', () => {
    for (const { name } of inAlarms) expect(onDashboard.map((shown) => shown.name)).toContain(name);
  });

  it('has the dimensions that the listener reports with', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const reporter = new EmfReporter({
      aggregate: new MetricsAggregate(),
      clock: new ManualClock(),
      shard: '0',
    });
    reporter.report();
    const [line] = written.mock.calls.map(([text]) => emfLine.parse(JSON.parse(String(text))));
    written.mockRestore();
    expect(line?._aws.CloudWatchMetrics[0]?.Namespace).toBe('ConversationBridge');
    expect(alarms.get('no-frames-0')?.Dimensions).toEqual([
      { Name: 'service', Value: line?.service },
      { Name: 'shard', Value: line?.shard },
    ]);
  });
});

describe('the dashboard', () => {
  const widgetSchema = z.looseObject({
    type: z.string(),
    x: z.number(),
    y: z.number(),
    height: z.number(),
    properties: z.looseObject({ markdown: z.string().optional() }),
  });

  it('asks, row by row, what an on-call engineer asks, and fits on a screen', () => {
    const { DashboardBody } = z
      .object({ DashboardBody: z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }) })
      .parse(onlyResource(template, 'AWS::CloudWatch::Dashboard').Properties);
    const body = DashboardBody['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x')).join('');
    const { widgets } = z.object({ widgets: z.array(widgetSchema) }).parse(JSON.parse(body));
    const questions = widgets.filter(({ type }) => type === 'text');
    expect(questions.map(({ properties }) => /^### (.*)/.exec(properties.markdown ?? '')?.[1])).toEqual([
      'Is it alive?',
      'Is it flowing?',
      'How late?',
      'Has anything been lost?',
      'What does it cost?',
      'Are the consumers healthy?',
    ]);
    expect(questions.every(({ x }) => x === 0)).toBe(true);
    expect(Math.max(...widgets.map(({ y, height }) => y + height))).toBeLessThanOrEqual(27);
  });
});
