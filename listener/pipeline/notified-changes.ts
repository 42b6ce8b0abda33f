import type { Clock } from '../clock.ts';
import type { Alignment } from '../continuity/alignment.ts';
import { EchoMatcher } from '../continuity/echo-matcher.ts';
import type { Waiting } from '../continuity/echo-wait.ts';
import type { KeptNotification } from '../continuity/frame-keeper.ts';
import type { AcceptedNotification, EventAssembler } from '../contract/assemble.ts';
import type { NotificationFrame } from '../contract/frame.ts';
import { bodyDigest } from '../contract/identity.ts';
import { echoKeyOf } from '../contract/routing.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import type { Source } from '../genesys/session/source.ts';
import { EventLag } from '../telemetry/event-lag.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AcceptedChanges, Change } from './accepted-changes.ts';
import type { EventContexts } from './event-contexts.ts';

/** What is remembered of a change for its echoes: not the frame, of which there would soon be tens of megabytes. */
interface Echoed {
  /** The change's own list: what is added while it waits is published. */
  readonly topics: string[];
  /** Absent of what a predecessor has published. */
  readonly waiting: Waiting<Change> | undefined;
}

/** How far apart two listeners receive the same, by clocks that differ, too. Milliseconds. */
const APART_MS = 2_000;

export interface NotifiedChangesOptions {
  readonly assembler: Pick<EventAssembler, 'accept' | 'observe'>;
  readonly contexts: EventContexts;
  readonly changes: AcceptedChanges;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Whether a topic, by its full name, is subscribed to. */
  readonly subscribedTo: (topic: string) => boolean;
}

/** Tells which notifications are changes and which are echoes of one, and has the changes counted. */
export class NotifiedChanges {
  readonly #options: NotifiedChangesOptions;
  readonly #echoes: EchoMatcher<Echoed>;
  readonly #lag = new EventLag();

  constructor(options: NotifiedChangesOptions) {
    this.#options = options;
    this.#echoes = new EchoMatcher(options.clock);
  }

  /** Takes one notification. */
  take(frame: NotificationFrame, received: ReceivedFrame, source: Source): void {
    this.#take(frame, received, source, 0);
  }

  #take(frame: NotificationFrame, received: ReceivedFrame, source: Source, laterByMs: number): void {
    const { assembler, contexts, changes, metrics } = this.#options;
    const digest = bodyDigest(frame.bodyText);
    const key = echoKeyOf(frame);
    const sourceKey = `${source.id} ${frame.topicName}`;
    const { receivedAtMs } = received;
    const original = this.#echoes.match(key, sourceKey, digest, source, receivedAtMs);
    if (original) {
      metrics.count('EchoesMatched');
      if (!original.topics.includes(frame.topicName)) original.topics.push(frame.topicName);
      if (original.waiting) changes.echoed(original.waiting, frame.topicName);
      return;
    }
    const accepted = assembler.accept(frame, { ...contexts.next(received.receivedAt), digest, laterByMs });
    if (accepted.shape === 'unknown') metrics.count('BodiesUnknown');
    const topics = [frame.topicName];
    const waiting = changes.add(
      accepted,
      {
        topics,
        receivedAtMs,
        unreadSince: source.unreadSince,
        lagMs: this.#lag.measure(key, frame.eventBody, received.receivedAt),
      },
      this.#otherTopics(frame.topicName, accepted),
    );
    this.#echoes.record(key, sourceKey, digest, { topics, waiting }, receivedAtMs);
  }

  /** Takes one that was kept while another listener published. */
  replay({ frame, received, source }: KeptNotification, alignment: Alignment): void {
    if (alignment === 'due') {
      this.#take(frame, received, source, APART_MS);
      return;
    }
    // What this listener got of it by other topics and connections is its echo, and the next alike is a repetition.
    const key = echoKeyOf(frame);
    const sourceKey = `${source.id} ${frame.topicName}`;
    const digest = bodyDigest(frame.bodyText);
    const { receivedAtMs } = received;
    if (this.#echoes.match(key, sourceKey, digest, source, receivedAtMs)) return;
    this.#options.assembler.observe(frame);
    this.#echoes.record(key, sourceKey, digest, { topics: [], waiting: undefined }, receivedAtMs);
  }

  /** The other subscribed topics that carry the same conversation in the same shape. */
  #otherTopics(topicName: string, { shape, summary }: AcceptedNotification): ReadonlySet<string> | undefined {
    if (shape !== 'A' && shape !== 'B') return undefined;
    const suffix = topicName.slice(topicName.indexOf('.conversations'));
    const candidates = [
      ...summary.queueIds.map((id) => `v2.routing.queues.${id}${suffix}`),
      ...summary.agentIds.map((id) => `v2.users.${id}${suffix}`),
    ];
    return new Set(candidates.filter((topic) => topic !== topicName && this.#options.subscribedTo(topic)));
  }
}
