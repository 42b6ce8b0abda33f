import type { Clock } from './clock.ts';
import { EchoMatcher } from './continuity/echo-matcher.ts';
import { EchoWait, type Waiting } from './continuity/echo-wait.ts';
import { type AcceptedNotification, EventAssembler } from './contract/assemble.ts';
import { assembleConnectionChanged, type ConnectionChange } from './contract/connection-event.ts';
import type { NotificationFrame } from './contract/frame.ts';
import { bodyDigest, formatSequence } from './contract/identity.ts';
import { classifyTopic } from './contract/topic.ts';
import type { DialectName, ReceivedFrame } from './genesys/session/dialect.ts';
import type { Source } from './genesys/session/link.ts';
import type { Publisher } from './publish/publisher.ts';
import { EventLag } from './telemetry/event-lag.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface PipelineOptions {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly shard: string;
  readonly dialect: DialectName;
  readonly detailTypeMode: 'contract' | 'topic';
  /** Whether a topic, by its full name, is subscribed to. */
  readonly subscribedTo: (topic: string) => boolean;
}

/** A notification on its way to the publisher. */
interface Change {
  readonly accepted: AcceptedNotification;
  /** Every topic it has come by so far. */
  readonly topics: string[];
  readonly receivedAtMs: number;
  readonly lagMs: number | undefined;
  waiting: Waiting<Change> | undefined;
}

/** From the decoded notification to the publisher: echoes matched, versions counted, the event made. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #assembler: EventAssembler;
  readonly #echoes: EchoMatcher<Change>;
  readonly #wait: EchoWait<Change>;
  readonly #lag = new EventLag();
  readonly #epochMs: number;
  #counter = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#epochMs = options.clock.now();
    this.#assembler = new EventAssembler({ detailTypeMode: options.detailTypeMode });
    this.#echoes = new EchoMatcher(options.clock);
    this.#wait = new EchoWait(options.clock, (change) => this.#publish(change));
  }

  /** Takes one notification. */
  notification(frame: NotificationFrame, received: ReceivedFrame, source: Source): void {
    const { metrics, shard, dialect } = this.#options;
    metrics.count('NotificationsReceived');
    const digest = bodyDigest(frame.bodyText);
    const key = echoKey(frame);
    const sourceKey = `${source.id} ${frame.topicName}`;
    const original = this.#echoes.match(key, sourceKey, digest, source.sinceMs);
    if (original) {
      metrics.count('EchoesMatched');
      if (!original.topics.includes(frame.topicName)) original.topics.push(frame.topicName);
      if (original.waiting) this.#wait.echoed(original.waiting, frame.topicName);
      return;
    }
    const accepted = this.#assembler.accept(frame, {
      receivedAt: new Date(received.receivedAt),
      shard,
      dialect,
      sequence: this.#nextSequence(),
      digest,
    });
    if (accepted.shape === 'unknown') metrics.count('BodiesUnknown');
    const change: Change = {
      accepted,
      topics: [frame.topicName],
      receivedAtMs: received.receivedAtMs,
      lagMs: this.#lag.measure(key, frame.eventBody, received.receivedAt),
      waiting: undefined,
    };
    this.#echoes.record(key, sourceKey, digest, change);
    change.waiting = this.#wait.add(
      accepted.orderingKey,
      change,
      this.#otherTopics(frame.topicName, accepted),
    );
  }

  /** Parks a frame that nothing can be made of. */
  refused(received: ReceivedFrame, code: string, detail: string): void {
    this.#options.metrics.count('FramesRefused');
    const isText = typeof received.data === 'string';
    this.#options.publisher.parkFrame(
      {
        kind: 'frame',
        receivedAt: new Date(received.receivedAt).toISOString(),
        encoding: isText ? 'utf8' : 'base64',
        body: isText ? String(received.data) : received.data.toString('base64'),
      },
      code,
      detail,
    );
  }

  /** Publishes that the connection changed. */
  connectionChanged(change: ConnectionChange): void {
    const { clock, shard, dialect, publisher } = this.#options;
    const receivedAt = new Date(clock.now());
    const event = assembleConnectionChanged(change, {
      receivedAt,
      shard,
      dialect,
      sequence: this.#nextSequence(),
    });
    publisher.publish({
      eventId: event.eventId,
      orderingKey: event.orderingKey,
      detailType: event.detailType,
      detail: event.detail,
      time: receivedAt,
      receivedAtMs: clock.monotonic(),
    });
  }

  /** Hands everything that still waits for an echo to the publisher. */
  flush(): void {
    this.#wait.flush();
  }

  #publish({ accepted, topics, receivedAtMs, lagMs }: Change): void {
    this.#options.publisher.publish({
      eventId: accepted.eventId,
      orderingKey: accepted.orderingKey,
      detailType: accepted.detailType,
      detail: this.#assembler.render(accepted, topics),
      time: accepted.context.receivedAt,
      receivedAtMs,
      lagMs,
    });
  }

  /** The other subscribed topics that carry the same conversation in the same shape. */
  #otherTopics(topicName: string, { shape, summary }: AcceptedNotification): ReadonlySet<string> {
    if (shape !== 'A' && shape !== 'B') return NONE;
    const suffix = topicName.slice(topicName.indexOf('.conversations'));
    const candidates = [
      ...summary.queueIds.map((id) => `v2.routing.queues.${id}${suffix}`),
      ...summary.agentIds.map((id) => `v2.users.${id}${suffix}`),
    ];
    return new Set(candidates.filter((topic) => topic !== topicName && this.#options.subscribedTo(topic)));
  }

  #nextSequence(): string {
    this.#counter++;
    return formatSequence(this.#epochMs, this.#counter);
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Only snapshots of conversations come by several topics, and they have the conversation's id at the top. */
function echoKey({ topicName, eventBody }: NotificationFrame): string {
  const topic = classifyTopic(topicName);
  if (topic.kind !== 'conversation' || topic.shape === 'C') return topicName;
  if (typeof eventBody !== 'object' || eventBody === null || !('id' in eventBody)) return topicName;
  return typeof eventBody.id === 'string' ? eventBody.id : topicName;
}
