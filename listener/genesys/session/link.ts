import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import { ConnectionRecorder } from '../../diagnosis/connection-recorder.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import { Delivery } from './delivery.ts';
import type { Connection, Dialect, ReceivedFrame } from './dialect.ts';
import type { Ending } from './end-reason.ts';
import { endingOfError } from './ending-of-error.ts';
import { Expiry } from './expiry.ts';
import { FrameGuard } from './frame-guard.ts';
import { Incoming } from './incoming.ts';
import { LivenessWatch } from './liveness.ts';
import { Pings } from './pings.ts';
import { Reading } from './reading.ts';
import type { Source } from './source.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How far a link has come. */
export type LinkStage = 'authenticating' | 'connecting' | 'subscribing' | 'live';

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

/** What a dialect sends in each stage; there is one thing in each. */
const SENT: Partial<Record<LinkStage, string>> = { connecting: 'auth', subscribing: 'subscribe' };

/** One connection to Genesys Cloud from the login to its end, which comes once, through `end` or `leave`. */
export class Link {
  readonly #options: LinkOptions;
  readonly #recorder: ConnectionRecorder;
  readonly #reading: Reading;
  readonly #delivery: Delivery;
  readonly #pings = new Pings(() => this.#connection?.ping());
  readonly #expiry: Expiry;
  readonly #incoming: Incoming;
  readonly #attempt = new AbortController();
  #stage: LinkStage = 'authenticating';
  #connection: Connection | undefined;
  #liveness: LivenessWatch | undefined;
  #token: AccessToken | undefined;
  #liveSinceMs: number | undefined;
  #paused = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#recorder = new ConnectionRecorder(options.clock);
    const { tokens, clock, listener } = options;
    const guard = new FrameGuard(options);
    this.#delivery = new Delivery({ ...options, guard });
    this.#reading = new Reading({
      clock,
      answered: () => this.answered(),
      caughtUp: () => listener.caughtUp(this),
    });
    this.#expiry = new Expiry({ tokens, clock, due: (ending) => listener.due(this, ending) });
    this.#incoming = new Incoming({
      ...options,
      recorder: this.#recorder,
      reading: this.#reading,
      delivery: this.#delivery,
      pings: this.#pings,
      guard,
      signal: this.#attempt.signal,
      showedLife: () => this.#liveness?.alive(),
      due: (ending) => listener.due(this, ending),
      end: (ending) => this.end(ending),
      resubscribe: () => this.#resubscribe(),
    });
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
    return this.#delivery.isKeepingBack;
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
    return this.#reading.lastSignAt;
  }

  /** Whether what was sent may have waited, and still wait, to be read. */
  get isBehind(): boolean {
    return this.#reading.unreadSince !== undefined;
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
  answered(): Promise<void> {
    return this.#pings.answered();
  }

  /** Hands over what was kept back, and from now on everything at once. */
  letGo(): void {
    this.#delivery.letGo();
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
    this.#reading.stoodStill(since);
    if (!this.#paused) void this.#reading.catchUp();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#stage !== 'live') return;
    this.#connection?.resume();
    this.#liveness?.resume();
    void this.#reading.catchUp();
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
        frame: (frame) => this.#incoming.frame(frame),
        alive: () => this.#incoming.alive(),
        answered: () => this.#pings.answer(),
        received: (bytes) => this.#incoming.received(bytes),
        sent: (bytes) => {
          if (!signal.aborted) this.#recorder.sent(SENT[this.#stage] ?? 'ping', bytes);
        },
        ended: (ending) => this.end(ending),
      },
    );
    if (signal.aborted) return connection.terminate();
    this.#connection = connection;
    this.#recorder.opened(connection.expiresAtMs);
    this.#liveness = new LivenessWatch(clock, dialect.liveness, {
      ask: () => this.#pings.ping(),
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
        if (isFirst) this.#delivery.subscribing();
      },
    });
    if (signal.aborted) return false;
    this.#recorder.subscribed(subscribed);
    this.#delivery.subscribed();
    if (subscribed > 0) return true;
    this.end({ reason: 'no-topic-permitted', detail: 'each topic was refused; see the lines before' });
    return false;
  }

  #resubscribe(): void {
    if (this.#connection === undefined) return;
    this.#subscribe(this.#connection).catch((error: unknown) => this.end(endingOfError(error)));
  }

  #live(connection: Connection, token: AccessToken): void {
    const { clock, metrics, logger, dialect } = this.#options;
    this.#liveSinceMs = clock.monotonic();
    metrics.count('ConnectionsOpened');
    this.#expiry.start(connection, token);
    logger.info({ connection: connection.label, dialect: dialect.name }, 'live');
    if (this.#paused) this.#stopReading();
    this.#enter('live');
  }

  #stopReading(): void {
    this.#reading.stopped();
    this.#connection?.pause();
    this.#liveness?.suspend();
  }

  #enter(stage: LinkStage): void {
    this.#stage = stage;
    this.#options.listener.stage(this);
  }

  #tearDown(): void {
    this.#attempt.abort();
    this.#recorder.end();
    this.#liveness?.stop();
    this.#expiry.stop();
  }
}
