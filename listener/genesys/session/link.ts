import type { Logger } from 'pino';
import type { Cancel, Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import { ConnectionRecorder } from '../../diagnosis/connection-recorder.ts';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import type { Connection, Dialect, ReceivedFrame, ServerMessage } from './dialect.ts';
import type { Ending } from './end-reason.ts';
import { endingOfError } from './ending-of-error.ts';
import { LivenessWatch } from './liveness.ts';
import type { Subscriptions } from './subscriptions.ts';

/** A channel is left this long before it expires, or a fifth of its life if that is less. Milliseconds. */
const LEAVE_BEFORE_EXPIRY_MS = 10 * 60_000;
const LEAVE_BEFORE_EXPIRY_FRACTION = 0.2;

/** How far a link has come. */
export type LinkStage = 'authenticating' | 'connecting' | 'subscribing' | 'live';

/** Where a notification comes from: of two sources each tells the changes in their order. */
export interface Source {
  /** Of the connection. */
  readonly id: string;
  /** On the scale of `Clock.monotonic()`: nothing that was received before can come by it again. */
  readonly sinceMs: number;
  /**
   * Set while what comes may have waited to be read: it was not sent before, but perhaps long before it was received.
   * Milliseconds since the Unix epoch.
   */
  readonly unreadSince?: number | undefined;
}

export interface LinkListener {
  stage(link: Link): void;
  notification(notification: NotificationFrame, frame: ReceivedFrame, source: Source): void;
  /** A frame that is none of the protocol's. */
  refused(frame: ReceivedFrame, code: string, detail: string): void;
  /** A connection that works should be replaced by another one, before it comes to its end. */
  due(link: Link, ending: Ending): void;
  /** It is over, at whatever stage. Called once, and not after `leave`. */
  ended(link: Link, ending: Ending): void;
  /** All that had waited to be read has been. */
  caughtUp(link: Link): void;
}

export interface LinkOptions {
  readonly dialect: Dialect;
  readonly tokens: TokenSource;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly listener: LinkListener;
  readonly id: string;
  /** Use what is left of the last connection at the server, if there is something. */
  readonly keep: boolean;
  /** Keep notifications back until `letGo`. */
  readonly held: boolean;
  /** Notices that the process stood still, before what comes is dealt with. */
  readonly look: () => void;
  /** Log in anew in place of this token, which stays good until that has worked. */
  readonly replacing?: AccessToken;
}

/**
 * Of two connections that are level, the one brings a change within so many milliseconds of the other. What comes
 * later is a repetition.
 */
const ECHO_WITHIN_MS = 1_000;

/** What a dialect sends in each stage; there is one thing in each. */
const SENT: Partial<Record<LinkStage, string>> = { connecting: 'auth', subscribing: 'subscribe' };

/** A notification, when it came, and since when it may have waited to be read. */
interface KeptBack {
  readonly notification: NotificationFrame;
  readonly frame: ReceivedFrame;
  readonly unreadSince: number | undefined;
}

/** One connection to Genesys Cloud from the login to its end, which comes once, through `end` or `leave`. */
export class Link {
  readonly #options: LinkOptions;
  readonly #recorder: ConnectionRecorder;
  #lastSignAt: number | undefined;
  /** What was sent since then may be unread: the socket, or the process, stood still. Milliseconds since the Unix epoch. */
  #unreadSince: number | undefined;
  #standstills = 0;
  readonly #attempt = new AbortController();
  #stage: LinkStage = 'authenticating';
  #connection: Connection | undefined;
  #liveness: LivenessWatch | undefined;
  #timers: Cancel[] = [];
  #token: AccessToken | undefined;
  #liveSinceMs: number | undefined;
  /** `Clock.monotonic()` when it was about to be subscribed. */
  #subscribedAtMs: number;
  /** `Clock.monotonic()` when it had brought what was kept back. */
  #letGoAtMs = Number.NEGATIVE_INFINITY;
  #kept: KeptBack[] | undefined;
  #answers: (() => void)[] = [];
  #pingIsOpen = false;
  #paused = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#recorder = new ConnectionRecorder(options.clock);
    this.#subscribedAtMs = options.clock.monotonic();
    this.#kept = options.held ? [] : undefined;
  }

  get stage(): LinkStage {
    return this.#stage;
  }

  get token(): AccessToken | undefined {
    return this.#token;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether notifications have come that wait for `letGo`. */
  get isKeepingBack(): boolean {
    return this.#kept !== undefined && this.#kept.length > 0;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get facts(): ReturnType<ConnectionRecorder['facts']> {
    return this.#recorder.facts();
  }

  /**
   * When the last frame came, or another sign of life, milliseconds since the Unix epoch. What was sent before has
   * come: after a pause or a stall this moves on only when all that has piled up was read.
   */
  get lastSignAt(): number | undefined {
    return this.#unreadSince ?? this.#lastSignAt;
  }

  /** Whether what was sent may have waited, and still wait, to be read. */
  get isBehind(): boolean {
    return this.#unreadSince !== undefined;
  }

  /** Milliseconds since it went live; 0 before. */
  get liveMs(): number {
    return this.#liveSinceMs === undefined ? 0 : this.#options.clock.monotonic() - this.#liveSinceMs;
  }

  /** Begins. Returns at once; the listener hears of the rest. */
  open(): void {
    this.#recorder.begin();
    this.#open().catch((error: unknown) => this.end(endingOfError(error)));
  }

  /** Resolves with the answer to a ping, which is sent at once. Everything the server sent before has come then. */
  async answered(): Promise<void> {
    const mayBeStale = this.#pingIsOpen;
    await this.#pong();
    // That one may have answered the ping before.
    if (mayBeStale) await this.#pong();
  }

  /** Hands over what was kept back, and from now on everything at once. */
  letGo(): void {
    if (this.#kept === undefined) return;
    const kept = this.#kept;
    this.#kept = undefined;
    for (const each of kept) this.#guarded(each.frame, () => this.#notify(each));
    this.#letGoAtMs = this.#options.clock.monotonic();
  }

  /**
   * Stops reading off the socket, and taking silence for death. Before it is live there is nothing to stop: the
   * answers to what the bridge asks come by the socket, too.
   */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#stage === 'live') this.#stopReading();
  }

  /** The process stood still until now. @param since milliseconds since the Unix epoch */
  stoodStill(since: number): void {
    if (this.#connection === undefined || this.#attempt.signal.aborted) return;
    this.#standstills++;
    this.#unreadSince ??= since;
    if (!this.#paused) void this.#catchUp();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#stage !== 'live') return;
    this.#connection?.resume();
    this.#liveness?.resume();
    void this.#catchUp();
  }

  /** It is over, and the socket is dropped. What is kept back stays so until `letGo`. */
  end(ending: Ending): void {
    if (this.#attempt.signal.aborted) return;
    this.#tearDown();
    this.#connection?.terminate();
    this.#options.listener.ended(this, ending);
  }

  /**
   * Says goodbye; what arrives until then is treated as before. Resolves when the socket is closed.
   * @param options.release also free what it holds at the server
   */
  async leave(options: { readonly release: boolean }): Promise<void> {
    this.resume();
    this.#tearDown();
    await this.#connection?.close(options);
  }

  async #open(): Promise<void> {
    const { dialect, tokens, clock, keep, metrics, replacing } = this.#options;
    const { signal } = this.#attempt;
    const token = replacing
      ? await tokens.renew(replacing, signal, dialect.leastTokenLifeMs)
      : await tokens.token(signal, dialect.leastTokenLifeMs);
    signal.throwIfAborted();
    this.#token = token;
    this.#recorder.tokenTaken(token);
    this.#enter('connecting');
    const connection = await dialect.connect(
      { token, keep, signal },
      {
        frame: (frame) => this.#frame(frame),
        alive: () => this.#alive(),
        answered: () => this.#answer(),
        received: (bytes) => {
          if (!signal.aborted) this.#recorder.bytesReceived(bytes);
        },
        sent: (bytes) => {
          if (!signal.aborted) this.#recorder.sent(SENT[this.#stage] ?? 'ping', bytes);
        },
        ended: (ending) => this.end(ending),
      },
    );
    if (signal.aborted) return connection.terminate();
    this.#connection = connection;
    this.#recorder.opened(connection.expiresAt);
    this.#liveness = new LivenessWatch(clock, dialect.liveness, {
      ask: () => this.#ping(),
      dead: (silentMs) => {
        metrics.count('HeartbeatsMissed');
        this.end({
          reason: 'heartbeat-missed',
          detail: `nothing came for ${Math.round(silentMs / 1000)} s`,
        });
      },
    });
    this.#enter('subscribing');
    if (await this.#subscribe(connection)) this.#live(connection, token);
  }

  /** Whether at least one topic is subscribed to; ends the link when none is. */
  async #subscribe(connection: Connection): Promise<boolean> {
    const { signal } = this.#attempt;
    const isFirst = this.#stage === 'subscribing';
    const subscribed = await this.#options.subscriptions.put(connection, signal, {
      takingOver: this.#options.held || !isFirst,
      putting: () => {
        if (isFirst) this.#subscribedAtMs = this.#options.clock.monotonic();
      },
    });
    if (signal.aborted) return false;
    this.#recorder.subscribed(subscribed);
    if (subscribed > 0) return true;
    this.end({ reason: 'no-topic-permitted', detail: 'each topic was refused; see the lines before' });
    return false;
  }

  #live(connection: Connection, token: AccessToken): void {
    const { clock, tokens, metrics, logger, dialect, listener } = this.#options;
    this.#liveSinceMs = clock.monotonic();
    metrics.count('ConnectionsOpened');
    this.#later(tokens.renewalInMs(token), () =>
      listener.due(this, {
        reason: 'token-expiring',
        detail: 'the token reached the fraction of its life at which it is renewed',
      }),
    );
    if (connection.expiresAt !== undefined) {
      const leftMs = connection.expiresAt - clock.now();
      const marginMs = Math.min(LEAVE_BEFORE_EXPIRY_MS, leftMs * LEAVE_BEFORE_EXPIRY_FRACTION);
      this.#later(leftMs - marginMs, () =>
        listener.due(this, {
          reason: 'channel-expiring',
          detail: `the channel ends in ${Math.round(marginMs / 1000)} s`,
        }),
      );
    }
    logger.info({ connection: connection.label, dialect: dialect.name }, 'live');
    if (this.#paused) this.#stopReading();
    this.#enter('live');
  }

  /** After a standstill: the answer to a ping comes behind everything that was sent before. */
  async #catchUp(): Promise<void> {
    const standstills = this.#standstills;
    const resumedAt = this.#options.clock.now();
    await this.answered();
    if (standstills === this.#standstills) {
      this.#unreadSince = undefined;
      this.#options.listener.caughtUp(this);
    } else if (this.#unreadSince !== undefined) this.#unreadSince = Math.max(this.#unreadSince, resumedAt);
  }

  #stopReading(): void {
    this.#standstills++;
    this.#unreadSince ??= this.#lastSignAt ?? this.#options.clock.now();
    this.#connection?.pause();
    this.#liveness?.suspend();
  }

  #ping(): void {
    this.#pingIsOpen = true;
    this.#connection?.ping();
  }

  /** Asks for an answer to a ping, and resolves with the next one. */
  #pong(): Promise<void> {
    return new Promise((resolve) => {
      this.#answers.push(resolve);
      this.#ping();
    });
  }

  #later(ms: number, fn: () => void): void {
    this.#timers.push(this.#options.clock.after(Math.max(0, ms), fn));
  }

  #enter(stage: LinkStage): void {
    this.#stage = stage;
    this.#options.listener.stage(this);
  }

  #alive(): void {
    this.#options.look();
    this.#lastSignAt = this.#options.clock.now();
    if (!this.#attempt.signal.aborted) {
      this.#recorder.alive();
      this.#liveness?.alive();
    }
  }

  #answer(): void {
    this.#pingIsOpen = false;
    const answers = this.#answers;
    this.#answers = [];
    for (const answered of answers) answered();
  }

  #frame(frame: ReceivedFrame): void {
    const { metrics, dialect } = this.#options;
    const { signal } = this.#attempt;
    this.#options.look();
    metrics.count('FramesReceived');
    this.#lastSignAt = frame.receivedAt;
    if (!signal.aborted) this.#liveness?.alive();
    this.#guarded(frame, () => {
      const message = dialect.decode(frame);
      if (!signal.aborted) this.#recorder.received(message.kind, frame.receivedAtMs);
      // A connection that is being left still brings what was on its way; what it says of itself is history.
      if (!signal.aborted || message.kind === 'notification' || message.kind === 'refused')
        this.#react(message, frame);
    });
  }

  #notify({ notification, frame, unreadSince }: KeptBack): void {
    const sinceMs = earliestOriginal(this.#subscribedAtMs, this.#letGoAtMs, frame.receivedAtMs);
    this.#options.listener.notification(notification, frame, { id: this.#options.id, sinceMs, unreadSince });
  }

  /** One frame that trips over a defect must not take the connection, and the frames behind it, along. */
  #guarded(frame: ReceivedFrame, handle: () => void): void {
    const { logger, listener, metrics } = this.#options;
    try {
      handle();
    } catch (error) {
      metrics.count('InternalErrors');
      logger.error({ err: error }, 'a frame could not be handled');
      listener.refused(frame, 'InternalError', describeError(error));
    }
  }

  #react(message: ServerMessage, frame: ReceivedFrame): void {
    const { listener, logger } = this.#options;
    switch (message.kind) {
      case 'notification': {
        const each = { notification: message.notification, frame, unreadSince: this.#unreadSince };
        if (this.#kept) this.#kept.push(each);
        else this.#notify(each);
        return;
      }
      case 'refused':
        listener.refused(frame, message.code, message.detail);
        return;
      case 'ending':
        if (message.ending.reason === 'server-closing') listener.due(this, message.ending);
        else this.end(message.ending);
        return;
      case 'resubscribe':
        logger.info({ detail: message.detail }, 'subscriptions are put again');
        if (this.#connection)
          this.#subscribe(this.#connection).catch((error: unknown) => this.end(endingOfError(error)));
        return;
      case 'ignored':
        logger.info({ detail: message.detail }, 'a system message was ignored');
        return;
      case 'pong':
        this.#answer();
        return;
      case 'heartbeat':
      case 'acknowledged':
        return;
    }
  }

  #tearDown(): void {
    this.#attempt.abort();
    this.#recorder.end();
    this.#liveness?.stop();
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }
}

/**
 * When another connection can have brought, at the earliest, what a connection brings now.
 * @param subscribedAtMs when it was about to be subscribed
 * @param levelAtMs when the two were level; minus infinity before
 */
export function earliestOriginal(subscribedAtMs: number, levelAtMs: number, receivedAtMs: number): number {
  return Math.max(subscribedAtMs, Math.min(levelAtMs, receivedAtMs - ECHO_WITHIN_MS));
}
