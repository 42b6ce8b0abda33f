import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { Backlog } from './continuity/backlog.ts';
import type { Checkpoint, KeyPosition } from './continuity/checkpoint-store.ts';
import { FrameKeeper, type KeptFrame } from './continuity/frame-keeper.ts';
import type { Knowledge } from './continuity/tenure-work.ts';
import { Unsettled } from './continuity/unsettled.ts';
import { EventAssembler } from './contract/assemble.ts';
import { assembleConnectionChanged, type ConnectionChange } from './contract/connection-event.ts';
import type { NotificationFrame } from './contract/frame.ts';
import { assembleGapEvent, type GapClosed, type GapDetected } from './contract/gap-event.ts';
import type { DialectName, ReceivedFrame } from './genesys/session/dialect.ts';

import type { Source } from './genesys/session/source.ts';
import { AcceptedChanges } from './pipeline/accepted-changes.ts';
import { Announcements } from './pipeline/announcements.ts';
import { Conversations } from './pipeline/conversations.ts';
import { EventContexts } from './pipeline/event-contexts.ts';
import { Losses } from './pipeline/losses.ts';
import { NotifiedChanges } from './pipeline/notified-changes.ts';
import { RefusedFrames } from './pipeline/refused-frames.ts';
import { Succession } from './pipeline/succession.ts';

import type { PayloadStore } from './publish/payload-store.ts';
import type { Publisher } from './publish/publisher.ts';
import type { Metrics } from './telemetry/metrics.ts';

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
  /**
   * Told when events flow again of which some were lost: since when, milliseconds since the Unix epoch.
   * @returns whether that is seen to; else it is told again with the next event
   */
  readonly missed?: (from: number) => boolean;
}

/** How a listener finds things when it takes over. */
interface TakeOver extends Partial<Knowledge> {
  readonly connection?: ConnectionChange | undefined;
}

/**
 * From the decoded notification to the publisher: echoes matched, versions counted, the event made.
 * Until `takeOver` it only keeps what comes.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #assembler: EventAssembler;
  readonly #contexts: EventContexts;
  readonly #refused: RefusedFrames;
  readonly #changes: AcceptedChanges;
  readonly #notified: NotifiedChanges;
  readonly #keeper: FrameKeeper;
  readonly #backlog: Backlog;
  readonly #succession: Succession;
  readonly #losses: Losses;
  readonly #announcements: Announcements;
  readonly conversations: Conversations;
  readonly #unsettled = new Unsettled<KeyPosition | ReceivedFrame>();
  #mode: 'keeping' | 'publishing' = 'keeping';
  /** What was still waiting for room when it stood down, and what was to be done with each. */
  #interrupted = new WeakMap<KeptFrame, () => void>();
  /** What was received since it stood down is another listener's to publish. Milliseconds since the Unix epoch. */
  #leftFrom: number | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const { clock, publisher, logger, metrics, payloads, settled, subscribedTo } = options;
    const { shard, dialect, detailTypeMode } = options;
    const unsettled = this.#unsettled;
    const assembler = new EventAssembler({ detailTypeMode });
    this.#assembler = assembler;
    this.#contexts = new EventContexts({ shard, dialect });
    this.#refused = new RefusedFrames({ publisher, unsettled, logger, metrics });
    this.#changes = new AcceptedChanges({
      assembler,
      publisher,
      unsettled,
      clock,
      logger,
      metrics,
      payloads,
      settled,
      lost: ({ key, receivedAt }) => {
        assembler.forgetState(key);
        this.#losses.add(receivedAt);
      },
    });
    this.#announcements = new Announcements({ publisher, contexts: this.#contexts, clock });
    this.conversations = new Conversations({
      assembler,
      changes: this.#changes,
      contexts: this.#contexts,
      dialect,
      clock,
      logger,
      metrics,
      subscribedTo,
      isPublishing: () => this.#mode === 'publishing',
    });
    this.#losses = new Losses({
      clock,
      pendingBytes: () => publisher.stats().pendingBytes,
      over: (from) => options.missed?.(from) ?? true,
    });
    this.#notified = new NotifiedChanges({
      assembler,
      contexts: this.#contexts,
      changes: this.#changes,
      clock,
      metrics,
      subscribedTo,
    });
    this.#keeper = new FrameKeeper(clock, (kept) => this.#passed(kept));
    this.#backlog = new Backlog(clock, options.hasRoom ?? (() => true));
    this.#succession = new Succession({
      assembler,
      backlog: this.#backlog,
      refused: this.#refused,
      notified: this.#notified,
      clock,
    });
    publisher.onSettled((_event, how) => this.#losses.settled(how));
    publisher.onPendingChanged(() => this.#backlog.pump());
  }

  get mode(): 'keeping' | 'publishing' {
    return this.#mode;
  }

  /** The oldest receipt of what is neither on the bus nor parked, milliseconds since the Unix epoch. */
  get oldestUnsettled(): number | undefined {
    const { oldestReceivedAt: unsettled } = this.#unsettled;
    const { oldestReceivedAt: waiting } = this.#backlog;
    const all = [unsettled, waiting, this.#leftFrom, this.#losses.from].filter((each) => each !== undefined);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** From when on all that came is kept or was published, milliseconds since the Unix epoch; undefined: all ever was. */
  get keptSince(): number | undefined {
    return this.#keeper.completeSince;
  }

  /**
   * From now on this listener publishes, beginning with what it kept since its predecessor's last settled events.
   * @param epoch of the term; sequences of a later term are greater
   * @param options.connection how the connection stands, which is told first
   */
  takeOver(
    epoch: number,
    checkpoint: Checkpoint | undefined,
    { connection, completeSince = Number.NEGATIVE_INFINITY, skipTo }: TakeOver = {},
  ): void {
    this.#begin(epoch);
    this.#losses.clear();
    const known = checkpoint ?? NOTHING_KNOWN;
    this.#succession.begin(this.#keeper.takeAll(), known, { completeSince, skipTo });
    if (connection) this.connectionChanged(connection);
    this.#backlog.pump();
  }

  /** Publishes again: nobody else has meanwhile, so everything that was kept is due. */
  goOn(epoch: number): void {
    const interrupted = this.#interrupted;
    this.#begin(epoch);
    const all = this.#keeper.takeAll();
    this.#succession.resume(all);
    for (const kept of all) {
      const run = interrupted.get(kept);
      if (run) this.#backlog.add({ kept, run });
      else this.#follow(kept);
    }
    this.#backlog.pump();
  }

  #begin(epoch: number): void {
    this.#contexts.beginTerm(epoch);
    this.#mode = 'publishing';
    this.#leftFrom = undefined;
    this.#interrupted = new WeakMap();
  }

  /** Goes behind what waits already. */
  #follow(kept: KeptFrame): void {
    const run = () => {
      if (kept.kind === 'refused') this.#refused.park(kept.received, kept.code, kept.detail);
      else
        this.#refused.guarded(kept.received, () =>
          this.#notified.take(kept.frame, kept.received, kept.source),
        );
    };
    this.#backlog.add({ kept, run });
    this.#backlog.pump();
  }

  /** From now on another listener publishes; what comes is kept. What was accepted is the publisher's. */
  standDown(): void {
    if (this.#mode === 'keeping') return;
    this.#mode = 'keeping';
    this.#changes.flush();
    const now = this.#options.clock.now();
    this.#leftFrom = Math.min(now, this.#backlog.oldestReceivedAt ?? now);
    for (const { kept, run } of this.#backlog.takeAll()) {
      this.#interrupted.set(kept, run);
      this.#keeper.add(kept);
    }
  }

  /** What was accepted in a term that is lost says nothing of how far its keys have come; another listener publishes. */
  disown(): void {
    this.#unsettled.disown();
    this.#interrupted = new WeakMap();
  }

  /** Takes one notification. */
  notification(frame: NotificationFrame, received: ReceivedFrame, source: Source): void {
    this.#options.metrics.count('NotificationsReceived');
    if (this.#mode === 'keeping') this.#keeper.add({ kind: 'notification', frame, received, source });
    else if (this.#mustWait) this.#follow({ kind: 'notification', frame, received, source });
    else this.#refused.guarded(received, () => this.#notified.take(frame, received, source));
  }

  /** Parks a frame that nothing can be made of. */
  refused(received: ReceivedFrame, code: string, detail: string): void {
    this.#options.metrics.count('FramesRefused');
    if (this.#mode === 'keeping') this.#keeper.add({ kind: 'refused', received, code, detail });
    else if (this.#mustWait) this.#follow({ kind: 'refused', received, code, detail });
    else this.#refused.park(received, code, detail);
  }

  /** Whether what comes has to go behind what waits already. */
  get #mustWait(): boolean {
    return this.#backlog.size > 0 || this.#options.hasRoom?.() === false;
  }

  /** Publishes that the connection changed. */
  connectionChanged(change: ConnectionChange): void {
    if (this.#mode === 'keeping') return;
    this.#announcements.tell((context) => assembleConnectionChanged(change, context));
  }

  /**
   * Publishes what is to be said of a gap.
   * @param settled called when it is on the bus or parked
   */
  announce(event: GapDetected | GapClosed, settled?: () => void): void {
    if (this.#mode === 'keeping') return;
    this.#announcements.tell((context) => assembleGapEvent(event, context), settled);
  }

  /** Hands everything that still waits for an echo, or for room, to the publisher. */
  flush(): void {
    this.#backlog.flush();
    this.#changes.flush();
  }

  /** Resolves when nothing waits for room any more, or after `ms` milliseconds. */
  emptied(ms: number): Promise<void> {
    return this.#backlog.emptied(ms);
  }

  /** The same, after a minute at most; undefined when nothing waits. */
  caughtUp(): Promise<void> | undefined {
    return this.#backlog.size === 0 ? undefined : this.#backlog.emptied(CATCHING_UP_MS);
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
}

/** What waits for room longer than this is waited for no more. Milliseconds. */
const CATCHING_UP_MS = 60_000;
const NOTHING_KNOWN: Checkpoint = { lowWatermark: Number.NEGATIVE_INFINITY, positions: new Map() };
