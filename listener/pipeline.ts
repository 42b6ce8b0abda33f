import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { type Alignable, type Alignment, align, type Predecessor } from './continuity/alignment.ts';
import { Backlog } from './continuity/backlog.ts';
import type { Checkpoint, KeyPosition } from './continuity/checkpoint-store.ts';
import { EchoMatcher } from './continuity/echo-matcher.ts';
import { EchoWait, type Waiting } from './continuity/echo-wait.ts';
import { FrameKeeper, type KeptFrame, type KeptNotification } from './continuity/frame-keeper.ts';
import { Unsettled } from './continuity/unsettled.ts';
import {
  type AcceptedNotification,
  type AssembledEvent,
  EventAssembler,
  type ReceiptContext,
} from './contract/assemble.ts';
import { assembleConnectionChanged, type ConnectionChange } from './contract/connection-event.ts';
import type { NotificationFrame } from './contract/frame.ts';
import { assembleGapEvent, type GapClosed, type GapDetected } from './contract/gap-event.ts';
import { bodyDigest, formatSequence } from './contract/identity.ts';
import type { RestConversation } from './contract/rest-conversation.ts';
import { carriersOf, echoKeyOf, orderingKeyOf } from './contract/routing.ts';
import type { Untold } from './contract/tracker.ts';
import { describeError } from './errors.ts';
import type { DialectName, ReceivedFrame } from './genesys/session/dialect.ts';
import type { Source } from './genesys/session/source.ts';
import type { OutgoingEvent } from './publish/lanes.ts';
import type { PayloadStore } from './publish/payload-store.ts';
import type { Publisher } from './publish/publisher.ts';
import { EventLag } from './telemetry/event-lag.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** From this size on, in bytes, the body of an event goes elsewhere: some targets of rules take 256 KB. */
const PAYLOAD_LIMIT_BYTES = 240 * 1024;
/** A low-watermark that is further ahead than this was noted by another clock. Milliseconds. */
const CLOCKS_DIFFER_MS = 2_000;

export interface PipelineOptions {
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly shard: string;
  readonly dialect: DialectName;
  readonly detailTypeMode: 'contract' | 'topic';
  /** Whether a topic, by its full name, is subscribed to. */
  readonly subscribedTo: (topic: string) => boolean;
  /** Where bodies go that are too large for an event; without it they stay where they are. */
  readonly payloads?: { readonly store: PayloadStore; readonly limitBytes?: number } | undefined;
  /** Whether there is room for more; always unless said. What comes meanwhile waits. */
  readonly hasRoom?: () => boolean;
  /** Told how far a key has come, each time one of its events is on the bus or parked. */
  readonly settled?: (position: KeyPosition) => void;
}

/** A notification on its way to the publisher. */
interface Change {
  readonly accepted: AcceptedNotification;
  /** Where its key will stand. What is published is known by it alone, so that the parsed frame need not be kept until then. */
  readonly position: KeyPosition;
  /** Every topic it has come by so far. */
  readonly topics: string[];
  readonly receivedAtMs: number;
  readonly unreadSince?: number | undefined;
  readonly lagMs: number | undefined;
}

/** What is remembered of a change for its echoes: not the frame, of which there would soon be tens of megabytes. */
interface Echoed {
  /** The change's own list: what is added while it waits is published. */
  readonly topics: string[];
  /** Absent of what a predecessor has published. */
  readonly waiting: Waiting<Change> | undefined;
}

/** How a listener finds things when it takes over. */
interface Succession {
  readonly connection?: ConnectionChange | undefined;
  readonly untold?: Untold | undefined;
}

type EventContext = Omit<ReceiptContext, 'digest'>;

/**
 * From the decoded notification to the publisher: echoes matched, versions counted, the event made.
 * Until `takeOver` it only keeps what comes.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #assembler: EventAssembler;
  readonly #echoes: EchoMatcher<Echoed>;
  readonly #wait: EchoWait<Change>;
  readonly #keeper: FrameKeeper;
  readonly #backlog: Backlog;
  readonly #unsettled = new Unsettled<KeyPosition | ReceivedFrame>();
  readonly #sent = new WeakMap<OutgoingEvent, KeyPosition>();
  readonly #lag = new EventLag();
  #mode: 'keeping' | 'publishing' = 'keeping';
  /** What was received since it stood down is another listener's to publish. Milliseconds since the Unix epoch. */
  #leftFrom: number | undefined;
  #epoch = 0;
  #counter = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { clock, publisher } = options;
    this.#assembler = new EventAssembler({ detailTypeMode: options.detailTypeMode });
    this.#echoes = new EchoMatcher(clock);
    this.#wait = new EchoWait(clock, (change) => this.#publish(change));
    this.#keeper = new FrameKeeper(clock, (kept) => this.#passed(kept));
    this.#backlog = new Backlog(clock, options.hasRoom ?? (() => true));
    publisher.onSettled((event) => this.#settled(event));
    publisher.onPendingChanged(() => this.#backlog.pump());
  }

  get mode(): 'keeping' | 'publishing' {
    return this.#mode;
  }

  /** The oldest receipt of what is neither on the bus nor parked, milliseconds since the Unix epoch. */
  get oldestUnsettled(): number | undefined {
    const { oldestReceivedAt: unsettled } = this.#unsettled;
    const { oldestReceivedAt: waiting } = this.#backlog;
    const all = [unsettled, waiting, this.#leftFrom].filter((each) => each !== undefined);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** From when on all that came is kept or was published, milliseconds since the Unix epoch; undefined: all ever was. */
  get keptSince(): number | undefined {
    return this.#keeper.completeSince;
  }

  /** The conversations that have not ended, as far as is known; the one last heard of first. */
  openConversations(): string[] {
    return this.#assembler.openConversationIds();
  }

  /** Whether the end of a conversation has been accepted, and not in a term that was lost. */
  hasEnded(conversationId: string): boolean {
    const { open, revision } = this.#assembler.positionOf(conversationId) ?? {};
    return open === false && revision !== undefined;
  }

  /** Changes with each whole snapshot of the conversation that is accepted. */
  wholeVersionOf(conversationId: string): number | undefined {
    return this.#assembler.wholeVersionOf(conversationId);
  }

  /**
   * From now on this listener publishes, beginning with what it kept since its predecessor's last settled events.
   * @param epoch of the term; sequences of a later term are greater
   * @param options.connection how the connection stands, which is told first
   * @param options.untold what may have been told that this listener can't know of
   */
  takeOver(epoch: number, checkpoint: Checkpoint | undefined, { connection, untold }: Succession = {}): void {
    this.#epoch = epoch;
    this.#counter = 0;
    this.#mode = 'publishing';
    this.#leftFrom = undefined;
    const { positions, lowWatermark } = checkpoint ?? NOTHING_KNOWN;
    const kept = this.#keeper.takeAll();
    const replayed = this.#aligned(kept, { positions, lowWatermark });
    this.#assembler.restore(positions.values(), untold);
    if (connection) this.connectionChanged(connection);
    for (const { each, alignment } of replayed)
      this.#backlog.add({
        kept: each,
        run: () => this.#guarded(each.received, () => this.#replay(each, alignment)),
      });
    for (const each of kept) {
      const isDue = each.received.receivedAt > lowWatermark;
      if (each.kind === 'refused' && isDue) this.#follow(each);
    }
    this.#backlog.pump();
  }

  /** Publishes again: nobody else has meanwhile, so everything that was kept is due. */
  goOn(epoch: number): void {
    this.#epoch = epoch;
    this.#counter = 0;
    this.#mode = 'publishing';
    this.#leftFrom = undefined;
    for (const each of this.#keeper.takeAll()) this.#follow(each);
    this.#backlog.pump();
  }

  /** Goes behind what waits already. */
  #follow(kept: KeptFrame): void {
    const run = () => {
      if (kept.kind === 'refused') this.#park(kept.received, kept.code, kept.detail);
      else this.#guarded(kept.received, () => this.#take(kept.frame, kept.received, kept.source));
    };
    this.#backlog.add({ kept, run });
    this.#backlog.pump();
  }

  /** From now on another listener publishes; what comes is kept. What was accepted is the publisher's. */
  standDown(): void {
    if (this.#mode === 'keeping') return;
    this.#mode = 'keeping';
    this.#wait.flush();
    const now = this.#options.clock.now();
    this.#leftFrom = Math.min(now, this.#backlog.oldestReceivedAt ?? now);
    for (const kept of this.#backlog.takeAll()) this.#keeper.add(kept);
  }

  /** What was accepted in a term that is lost says nothing of how far its keys have come; another listener publishes. */
  disown(): void {
    this.#unsettled.disown();
  }

  /** Takes one notification. */
  notification(frame: NotificationFrame, received: ReceivedFrame, source: Source): void {
    this.#options.metrics.count('NotificationsReceived');
    if (this.#mode === 'keeping') this.#keeper.add({ kind: 'notification', frame, received, source });
    else if (this.#mustWait) this.#follow({ kind: 'notification', frame, received, source });
    else this.#guarded(received, () => this.#take(frame, received, source));
  }

  /** Parks a frame that nothing can be made of. */
  refused(received: ReceivedFrame, code: string, detail: string): void {
    this.#options.metrics.count('FramesRefused');
    if (this.#mode === 'keeping') this.#keeper.add({ kind: 'refused', received, code, detail });
    else if (this.#mustWait) this.#follow({ kind: 'refused', received, code, detail });
    else this.#park(received, code, detail);
  }

  /** Whether what comes has to go behind what waits already. */
  get #mustWait(): boolean {
    return this.#backlog.size > 0 || this.#options.hasRoom?.() === false;
  }

  #park(received: ReceivedFrame, code: string, detail: string): void {
    const isText = typeof received.data === 'string';
    this.#unsettled.addKeyless(received, received.receivedAt);
    this.#options.publisher.parkFrame(
      {
        kind: 'frame',
        receivedAt: new Date(received.receivedAt).toISOString(),
        encoding: isText ? 'utf8' : 'base64',
        body: isText ? String(received.data) : received.data.toString('base64'),
      },
      code,
      detail,
      () => this.#unsettled.settle(received),
    );
  }

  /**
   * Publishes a conversation that was asked for, if it says anything new.
   * @returns `foreign` when no subscribed topic would bring it
   */
  backfill(conversation: RestConversation): 'backfilled' | 'unchanged' | 'foreign' {
    const { dialect, subscribedTo } = this.#options;
    const carriers = carriersOf(conversation.body, dialect);
    const carrier = carriers.find(({ subscriptions }) => subscriptions.some(subscribedTo));
    if (carrier === undefined) return 'foreign';
    const { topicName } = carrier;
    if (this.#mode === 'keeping') return 'unchanged';
    const { clock } = this.#options;
    const accepted = this.#assembler.acceptBackfilled(conversation, topicName, this.#context(clock.now()));
    if (accepted === undefined) return 'unchanged';
    this.#accepted(
      accepted,
      { topics: [topicName], receivedAtMs: clock.monotonic(), lagMs: undefined },
      NONE,
    );
    return 'backfilled';
  }

  /** Publishes that the connection changed. */
  connectionChanged(change: ConnectionChange): void {
    this.#tell((context) => assembleConnectionChanged(change, context));
  }

  /** Publishes what is to be said of a gap. */
  announce(event: GapDetected | GapClosed): void {
    this.#tell((context) => assembleGapEvent(event, context));
  }

  /** Hands everything that still waits for an echo, or for room, to the publisher. */
  flush(): void {
    this.#backlog.flush();
    this.#wait.flush();
  }

  /** Resolves when nothing waits for room any more, or after `ms` milliseconds. */
  emptied(ms: number): Promise<void> {
    return this.#backlog.emptied(ms);
  }

  /** Which of what was kept is settled by now, the latest of it, and what is due. */
  #aligned(
    kept: readonly KeptFrame[],
    { positions, lowWatermark }: Predecessor,
  ): { readonly each: KeptNotification; readonly alignment: Alignment }[] {
    const { clock } = this.#options;
    const found: { readonly each: KeptNotification; readonly alignable: Alignable }[] = [];
    // By a clock that was set back, what came later would seem to be older.
    const ahead = kept.reduce(
      (most, { received }) => Math.max(most, received.receivedAt - received.receivedAtMs),
      clock.now() - clock.monotonic(),
    );
    for (const each of kept)
      if (each.kind === 'notification')
        this.#guarded(each.received, () => found.push({ each, alignable: alignable(each, ahead) }));
    // Where this listener was the last to publish, all that it kept came afterwards.
    const anothers = [...positions].filter(
      ([key, { version }]) => (this.#assembler.positionOf(key)?.version ?? 0) < version,
    );
    const alignables = found.map((each) => each.alignable);
    const isPast = lowWatermark <= clock.now() + CLOCKS_DIFFER_MS;
    const alignments = align(alignables, {
      lowWatermark: isPast ? lowWatermark : Number.NEGATIVE_INFINITY,
      positions: new Map(anothers),
    });
    return found.map(({ each }, index) => ({ each, alignment: alignments[index] ?? 'due' }));
  }

  /** A frame that trips over a defect is parked; it must not take those behind it along. */
  #guarded(received: ReceivedFrame, act: () => void): void {
    const { logger, metrics } = this.#options;
    try {
      act();
    } catch (error) {
      logger.error({ err: error }, 'a frame could not be handled and is parked');
      metrics.count('InternalErrors');
      metrics.count('FramesRefused');
      this.#park(received, 'InternalError', describeError(error));
    }
  }

  /** Is too old to be kept: what it says is taken in, since the next change is told by comparing with it. */
  #passed(kept: KeptFrame): void {
    const { logger, metrics } = this.#options;
    if (kept.kind === 'refused') return;
    try {
      this.#assembler.observe(kept.frame);
    } catch (error) {
      // Whoever publishes has parked it.
      metrics.count('InternalErrors');
      logger.error({ err: error }, 'a frame could not be taken in while standing by');
    }
  }

  #replay({ frame, received, source }: KeptNotification, alignment: Alignment): void {
    if (alignment === 'settled') {
      this.#assembler.observe(frame);
      return;
    }
    if (alignment === 'seam') {
      // What this listener got of it by other topics is its echo, and the next alike is a repetition.
      this.#assembler.observe(frame);
      const digest = bodyDigest(frame.bodyText);
      this.#echoes.record(
        echoKeyOf(frame),
        'predecessor',
        digest,
        { topics: [], waiting: undefined },
        received.receivedAtMs,
      );
    }
    this.#take(frame, received, source);
  }

  #take(frame: NotificationFrame, received: ReceivedFrame, source: Source): void {
    const digest = bodyDigest(frame.bodyText);
    const key = echoKeyOf(frame);
    const sourceKey = `${source.id} ${frame.topicName}`;
    const { receivedAtMs } = received;
    const original = this.#echoes.match(key, sourceKey, digest, source.sinceMs, receivedAtMs);
    if (original) {
      this.#options.metrics.count('EchoesMatched');
      if (!original.topics.includes(frame.topicName)) original.topics.push(frame.topicName);
      if (original.waiting) this.#wait.echoed(original.waiting, frame.topicName);
      return;
    }
    const accepted = this.#assembler.accept(frame, { ...this.#context(received.receivedAt), digest });
    if (accepted.shape === 'unknown') this.#options.metrics.count('BodiesUnknown');
    const topics = [frame.topicName];
    const waiting = this.#accepted(
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

  #accepted(
    accepted: AcceptedNotification,
    facts: Pick<Change, 'topics' | 'receivedAtMs' | 'unreadSince' | 'lagMs'>,
    awaited: ReadonlySet<string>,
  ): Waiting<Change> {
    const { orderingKey: key, version, digest, revision, open, context } = accepted;
    const receivedAt = Math.min(context.receivedAt.getTime(), facts.unreadSince ?? Number.POSITIVE_INFINITY);
    const position: KeyPosition = { key, version, digest, revision, open, receivedAt };
    this.#unsettled.add(position, position);
    return this.#wait.add(key, { accepted, position, ...facts }, awaited);
  }

  /** Called from a timer, too, where an error would end the process and its successor in turn. */
  #publish(change: Change): void {
    try {
      this.#options.publisher.publish(this.#outgoing(change));
    } catch (error) {
      const { accepted, position } = change;
      const { logger, metrics, publisher } = this.#options;
      logger.error({ err: error, eventId: accepted.eventId }, 'an event could not be made and is parked');
      metrics.count('InternalErrors');
      metrics.count('FramesRefused');
      const receivedAt = accepted.context.receivedAt.toISOString();
      publisher.parkFrame(
        { kind: 'frame', receivedAt, encoding: 'utf8', body: accepted.frame.text },
        'InternalError',
        describeError(error),
        () => this.#moveOn(position),
      );
    }
  }

  #outgoing({ accepted, position, topics, receivedAtMs, lagMs }: Change): OutgoingEvent {
    const { payloads } = this.#options;
    const { eventId, orderingKey, detailType, context, frame } = accepted;
    const event = { eventId, orderingKey, detailType, time: context.receivedAt, receivedAtMs, lagMs };
    const whole = this.#assembler.render(accepted, topics);
    const limit = payloads?.limitBytes ?? PAYLOAD_LIMIT_BYTES;
    let outgoing: OutgoingEvent = { ...event, detail: whole };
    if (payloads && whole.length * 3 > limit && Buffer.byteLength(whole) > limit) {
      const ref = payloads.store.refOf(eventId);
      const detail = this.#assembler.render(accepted, topics, ref);
      outgoing = { ...event, detail, payload: { ref, body: frame.bodyText } };
      this.#options.metrics.count('PayloadsOffloaded');
    }
    this.#sent.set(outgoing, position);
    return outgoing;
  }

  #settled(event: OutgoingEvent): void {
    const position = this.#sent.get(event);
    if (position) this.#moveOn(position);
  }

  #moveOn(settled: KeyPosition): void {
    const position = this.#unsettled.settle(settled);
    if (position) this.#options.settled?.(position);
  }

  #tell(assemble: (context: EventContext) => AssembledEvent): void {
    if (this.#mode === 'keeping') return;
    const { clock, publisher } = this.#options;
    const { eventId, orderingKey, detailType, detail } = assemble(this.#context(clock.now()));
    publisher.publish({
      eventId,
      orderingKey,
      detailType,
      detail,
      time: new Date(clock.now()),
      receivedAtMs: clock.monotonic(),
    });
  }

  #context(receivedAt: number): EventContext {
    const { shard, dialect } = this.#options;
    this.#counter++;
    const sequence = formatSequence(this.#epoch, this.#counter);
    return { receivedAt: new Date(receivedAt), shard, dialect, sequence };
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
}

/** @param ahead how far the clock was ahead of the monotonic one, at most; milliseconds */
function alignable({ frame, received, source }: KeptNotification, ahead: number): Alignable {
  const { receivedAt, receivedAtMs } = received;
  return {
    key: orderingKeyOf(frame),
    digest: bodyDigest(frame.bodyText),
    receivedAt,
    unreadSince: source.unreadSince,
    sinceAt: receivedAt - (receivedAtMs - source.sinceMs),
    laterBy: ahead - (receivedAt - receivedAtMs),
  };
}

const NONE: ReadonlySet<string> = new Set();
const NOTHING_KNOWN: Checkpoint = { lowWatermark: Number.NEGATIVE_INFINITY, positions: new Map() };
