import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  type IMetric,
  type IWidget,
  SingleValueWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MetricName } from '../listener/telemetry/metrics.ts';
import type { ApiCaller } from './api-caller.ts';
import { explanation, graph, HEIGHT, NARROW, WIDE, WIDTH } from './dashboard-widgets.ts';
import { acrossShards, callApiMetric, everyRulesMetric, listenerMetric, logBytes } from './metrics.ts';
import type { ParkingQueues } from './parking-queues.ts';

const ONE_HOUR = Duration.hours(1);

/** What there is to show of a shard's listener, whatever it runs in. */
export interface ShownListener {
  readonly logGroup: ILogGroup;
  /** Of the figure that each of its processes reports: `Stats.MINIMUM` unless one of them ends every few minutes, as it should. */
  readonly liveStatistic: string;
  /** How much it uses of what it has. */
  readonly usage: { readonly title: string; readonly most?: number; metrics(shard: string): IMetric[] };
}

export interface BridgeDashboardProps {
  readonly name: string;
  readonly eventBusName: string;
  readonly listeners: ReadonlyMap<string, ShownListener>;
  readonly parking: ParkingQueues;
  readonly apiCaller: ApiCaller | undefined;
  readonly alarms: readonly Alarm[];
}

/** From top to bottom what an on-call engineer asks, one row a question; each row begins with what it means. */
export class BridgeDashboard extends Construct {
  readonly dashboard: Dashboard;
  readonly #props: BridgeDashboardProps;
  readonly #shards: readonly string[];

  constructor(scope: Construct, id: string, props: BridgeDashboardProps) {
    super(scope, id);
    this.#props = props;
    this.#shards = [...props.listeners.keys()];
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 4 * WIDTH, height: 3 })],
        this.#alive(),
        this.#flowing(),
        this.#late(),
        this.#lost(),
        this.#cost(),
        this.#consumers(),
      ],
    });
  }

  #alive(): IWidget[] {
    return [
      explanation(
        'Is it alive?',
        '**1** is a live socket (of several tasks, the worst; of relays, the best), and one that publishes. Below 1: read the last *connection ended* line of the log; for the lease, the last *lease* line.',
      ),

      graph(
        'Live and publishing, by shard',
        [
          ...[...this.#props.listeners].map(([shard, { liveStatistic }]) =>
            listenerMetric('ConnectionLive', shard, { statistic: liveStatistic, label: `live ${shard}` }),
          ),
          ...this.#byShard('LeaseHeld', Stats.MAXIMUM, 'publishing'),
        ],
        { ...WIDE, leftYAxis: { min: 0, max: 1 } },
      ),
      graph('Connections', this.#sums('ConnectionsOpened', 'ConnectionsEnded', 'HeartbeatsMissed'), WIDE),
      graph(
        'Leases',
        this.#sums(
          'LeaseTakeovers',
          'LeasesLost',
          'LeaseStoreFailures',
          'HandoversCompleted',
          'HandoversFailed',
        ),
        NARROW,
      ),
      graph('Topics, channels', this.#worst('TopicsSubscribed', 'TopicsRejected', 'ChannelsInUse'), NARROW),
    ];
  }

  #flowing(): IWidget[] {
    return [
      explanation(
        'Is it flowing?',
        'Frames come even at night: heartbeats, but not on the org socket. **Received** (by a standby, too) and **published** run together; echoes and refused frames are the difference. **Pending** goes back to 0.',
      ),
      graph('Frames, by shard', this.#byShard('FramesReceived', Stats.SUM)),
      graph(
        'Received and published',
        this.#sums('NotificationsReceived', 'EventsPublished', 'EchoesMatched'),
      ),
      graph('Pending, and what holds it up', [
        ...this.#worst('PublishPending'),
        ...this.#sums('SocketPauses', 'EventLoopStalls'),
      ]),
    ];
  }

  #late(): IWidget[] {
    const worst = (name: 'EventLag' | 'PublishLatency', statistic: string, label: string) =>
      acrossShards(name, this.#shards, 'MAX', { statistic, label });
    const quantiles = (name: 'EventLag' | 'PublishLatency') => [
      worst(name, Stats.p(50), 'p50'),
      worst(name, Stats.p(99), 'p99'),
    ];
    return [
      explanation(
        'How late?',
        'From Genesys Cloud to the bus, usually under a second; of that, from the socket on tens of ms. Late with **retries**: EventBridge throttles or fails. Late without: Genesys Cloud, or a clock.',
      ),
      graph('Genesys Cloud to bus (ms)', quantiles('EventLag')),
      graph('Socket to bus (ms)', quantiles('PublishLatency')),
      graph(
        'Calls tried again, or failed',
        this.#sums('PublishRetries', 'PublishCallsFailed', 'RestRetries', 'RestCallsFailed'),
      ),
    ];
  }

  #lost(): IWidget[] {
    const { parking } = this.#props;
    const names = ['EventsLost', 'EventsParked', 'FramesRefused'] as const;
    return [
      explanation(
        'Has anything been lost?',
        '**0** everywhere. **Parked** is in a queue, and sent again by itself; **dead letters** wait for you. A **gap** was missed, and is asked for: the present state is published, not what came between.',
      ),

      new SingleValueWidget({
        title: 'In the time shown',
        metrics: this.#sums(...names),
        setPeriodToTimeRange: true,
        height: HEIGHT,
        ...WIDE,
      }),
      graph(
        'Lost, parked, refused, defects',
        this.#sums(...names, 'ParkingFailures', 'BodiesUnknown', 'InternalErrors'),
        WIDE,
      ),
      graph(
        'Gaps',
        [...this.#worst('GapsOpen'), ...this.#sums('GapsDetected', 'GapsClosed', 'ConversationsBackfilled')],
        NARROW,
      ),
      graph(
        'Waiting, and checkpoint (ms)',
        [
          parking.parked.metricApproximateNumberOfMessagesVisible({
            label: 'parked',
            statistic: Stats.MAXIMUM,
          }),
          parking.deadLetters.metricApproximateNumberOfMessagesVisible({
            label: 'dead letters',
            statistic: Stats.MAXIMUM,
          }),
          ...this.#sums('CheckpointFailures', 'StateUnreadable'),
        ],
        {
          ...NARROW,
          right: [acrossShards('CheckpointAge', this.#shards, 'MAX', { statistic: Stats.MAXIMUM })],
        },
      ),
    ];
  }

  #cost(): IWidget[] {
    const { listeners, apiCaller } = this.#props;
    const usage = [...listeners].flatMap(([shard, listener]) => listener.usage.metrics(shard));
    const [{ title, most } = { title: 'Use' }] = [...listeners.values()].map((listener) => listener.usage);
    const logs = [...listeners].map(([shard, { logGroup }]) =>
      logBytes(logGroup.logGroupName, `listener ${shard}`),
    );
    if (apiCaller !== undefined) logs.push(logBytes(apiCaller.logGroup.logGroupName, 'call-api'));
    return [
      explanation(
        'What does it cost?',
        'EventBridge bills events (each 64 KB as one), CloudWatch log bytes, Fargate or Lambda by the time. Memory near 100 %: the task will be killed.',
      ),
      graph('Events published an hour', [
        acrossShards('EventsPublished', this.#shards, 'SUM', { statistic: Stats.SUM, period: ONE_HOUR }),
      ]),
      graph('Log bytes an hour', logs),
      graph(title, usage, { leftYAxis: { min: 0, ...(most === undefined ? {} : { max: most }) } }),
    ];
  }

  #consumers(): IWidget[] {
    const { apiCaller, eventBusName } = this.#props;
    const text = explanation(
      'Are the consumers healthy?',
      'Failed invocations of **every rule** on the bus. A rule of another team is its matter, but tell them. Failed events are kept 14 days.',
    );
    const rules = graph('Failed invocations, by rule', [everyRulesMetric('FailedInvocations', eventBusName)]);
    if (apiCaller === undefined)
      return [text, rules, graph('Invocations, by rule', [everyRulesMetric('Invocations', eventBusName)])];
    const counted = (name: Parameters<typeof callApiMetric>[0]) =>
      callApiMetric(name, { statistic: Stats.SUM });
    return [
      text,
      rules,
      graph('call-api', [
        counted('ApiCalls'),
        counted('ApiFailuresTransient'),
        counted('ApiFailuresPermanent'),
        counted('DuplicatesSkipped'),
        apiCaller.function.metricErrors({ label: 'errors' }),
      ]),
      graph('Failed events waiting', [
        apiCaller.failedEvents.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
      ]),
    ];
  }

  #byShard(name: MetricName, statistic: string, what = ''): IMetric[] {
    return this.#shards.map((shard) =>
      listenerMetric(name, shard, { statistic, label: `${what} ${shard}`.trim() }),
    );
  }

  #sums(...names: MetricName[]): IMetric[] {
    return names.map((name) => acrossShards(name, this.#shards, 'SUM', { statistic: Stats.SUM }));
  }

  #worst(...names: MetricName[]): IMetric[] {
    return names.map((name) => acrossShards(name, this.#shards, 'SUM', { statistic: Stats.MAXIMUM }));
  }
}
