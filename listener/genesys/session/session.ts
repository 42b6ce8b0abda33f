import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../../backoff.ts';
import type { Cancel, Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import { closeReport, logCloseReport } from '../../diagnosis/close-report.ts';
import { ConnectionRecorder } from '../../diagnosis/connection-recorder.ts';
import type { Runtime } from '../../diagnosis/evidence.ts';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import { CREDENTIALS_RECHECK_MS, CredentialsWatch } from './credentials-watch.ts';
import type { Connection, Dialect, ReceivedFrame, ServerMessage } from './dialect.ts';
import { type Ending, type EndReason, type Recovery, recoveryOf } from './end-reason.ts';
import { endingOfError } from './ending-of-error.ts';
import { LivenessWatch } from './liveness.ts';
import { type SessionState, TRANSITIONS } from './state.ts';
import type { Subscriptions } from './subscriptions.ts';

/** A connection that lived this long was a good one: failures before it no longer count. Milliseconds. */
const STABLE_AFTER_MS = 60_000;
/** A channel is left this long before it expires. Milliseconds. */
const LEAVE_BEFORE_EXPIRY_MS = 10 * 60_000;
/** After so many connections in a row over one channel the next one gets a new channel. */
const MOST_REUSES = 10;

export interface StateChange {
  readonly state: SessionState;
  readonly previousState: SessionState;
  /** Why, when the change is an ending or follows one. */
  readonly reason?: EndReason;
}

export interface SessionListener {
  notification(notification: NotificationFrame, frame: ReceivedFrame): void;
  /** A frame that is none of the protocol's. */
  refused(frame: ReceivedFrame, code: string, detail: string): void;
  stateChanged(change: StateChange): void;
}

export interface SessionOptions {
  readonly dialect: Dialect;
  readonly tokens: TokenSource;
  readonly subscriptions: Subscriptions;
  readonly listener: SessionListener;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly backoff?: Backoff;
  /** For reports of what ended; `other` unless said. */
  readonly runtime?: Runtime;
}

/** What a dialect sends in each state; there is one thing in each. */
const SENT: Partial<Record<SessionState, string>> = {
  connecting: 'auth',
  subscribing: 'subscribe',
};

/**
 * Holds one connection to Genesys Cloud for as long as it is told to, whatever happens to it.
 * The state changes in `#enter` alone; every ending goes through `#end`; what follows stands in `RECOVERIES`.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #backoff: Backoff;
  readonly #recorder: ConnectionRecorder;
  #state: SessionState = 'idle';
  #connection: Connection | undefined;
  #attempt = new AbortController();
  #liveness: LivenessWatch | undefined;
  #timers: Cancel[] = [];
  #token: AccessToken | undefined;
  #liveSinceMs: number | undefined;
  #failures = 0;
  #refusals = 0;
  #reuses = 0;
  #keepChannel = false;
  #lastEnding: Ending | undefined;
  #stopping = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? { baseMs: 1000, capMs: 60_000 };
    this.#recorder = new ConnectionRecorder(options.clock);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The last ending that was none of our own doing, until the session is live again. */
  get trouble(): Ending | undefined {
    return this.#lastEnding;
  }

  /** Begins. Returns at once; `stateChanged` tells the rest. */
  start(): void {
    this.#begin();
  }

  /**
   * Ends for good. Resolves when the socket is closed and what it held at the server is freed; what
   * arrives until then is still handed on.
   */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#connection?.close({ release: true });
    this.#end({ reason: 'stop-requested', detail: 'stop was called' });
  }

  #begin(): void {
    if (this.#stopping) return;
    this.#attempt = new AbortController();
    const { signal } = this.#attempt;
    this.#recorder.begin();
    this.#enter('authenticating');
    this.#open(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#end(endingOfError(error));
    });
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { dialect, tokens, clock } = this.#options;
    const token = await tokens.token(signal, dialect.leastTokenLifeMs);
    signal.throwIfAborted();
    this.#token = token;
    this.#recorder.tokenTaken(token);
    this.#enter('connecting');
    const keep = this.#keepChannel && this.#reuses < MOST_REUSES;
    this.#reuses = keep ? this.#reuses + 1 : 0;
    const connection = await dialect.connect(
      { token, keep, signal },
      {
        frame: (frame) => this.#frame(frame, signal),
        alive: () => {
          if (signal.aborted) return;
          this.#recorder.alive();
          this.#liveness?.alive();
        },
        received: (bytes) => {
          if (!signal.aborted) this.#recorder.bytesReceived(bytes);
        },
        sent: (bytes) => {
          if (!signal.aborted) this.#recorder.sent(SENT[this.#state] ?? 'ping', bytes);
        },
        ended: (ending) => {
          if (!signal.aborted) this.#end(ending);
        },
      },
    );
    if (signal.aborted) return connection.terminate();
    this.#connection = connection;
    this.#recorder.opened(connection.expiresAt);
    this.#liveness = new LivenessWatch(clock, dialect.liveness, {
      ask: () => connection.ping(),
      dead: (silentMs) => {
        this.#options.metrics.count('HeartbeatsMissed');
        this.#end({
          reason: 'heartbeat-missed',
          detail: `nothing came for ${Math.round(silentMs / 1000)} s`,
        });
      },
    });
    this.#enter('subscribing');
    if (!(await this.#subscribe(connection, signal))) return;
    this.#live(connection, token);
  }

  /** Whether at least one topic is subscribed to; ends the attempt when none is. */
  async #subscribe(connection: Connection, signal: AbortSignal): Promise<boolean> {
    const subscribed = await this.#options.subscriptions.put(connection, signal);
    if (signal.aborted) return false;
    this.#recorder.subscribed(subscribed);
    if (subscribed > 0) return true;
    this.#end({ reason: 'no-topic-permitted', detail: 'each topic was refused; see the lines before' });
    return false;
  }

  #live(connection: Connection, token: AccessToken): void {
    const { clock, tokens, metrics, subscriptions, logger, dialect } = this.#options;
    this.#liveSinceMs = clock.monotonic();
    this.#lastEnding = undefined;
    this.#refusals = 0;
    metrics.count('ConnectionsOpened');
    this.#later(tokens.renewalInMs(token), () => {
      this.#end({
        reason: 'token-expiring',
        detail: 'the token reached the fraction of its life at which it is renewed',
      });
    });
    if (connection.expiresAt !== undefined) {
      this.#later(connection.expiresAt - clock.now() - LEAVE_BEFORE_EXPIRY_MS, () => {
        this.#end({ reason: 'channel-expiring', detail: 'the channel ends in 10 minutes' });
      });
    }
    this.#scheduleRefresh(subscriptions.refreshMs);
    logger.info({ connection: connection.label, dialect: dialect.name }, 'live');
    this.#enter('live');
  }

  #scheduleRefresh(refreshMs: number | undefined): void {
    if (refreshMs === undefined) return;
    this.#later(refreshMs, () => {
      this.#refresh();
      this.#scheduleRefresh(refreshMs);
    });
  }

  /** Looks up the topics again and puts what has changed; a failure leaves the subscriptions as they are. */
  #refresh(): void {
    const connection = this.#connection;
    const { signal } = this.#attempt;
    if (!connection) return;
    this.#options.subscriptions.refresh(connection, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#options.logger.warn({ err: error }, 'topics could not be looked up again; the present ones stay');
    });
  }

  #later(ms: number, fn: () => void): void {
    this.#timers.push(this.#options.clock.after(Math.max(0, ms), fn));
  }

  #frame(frame: ReceivedFrame, signal: AbortSignal): void {
    const { metrics, dialect, listener } = this.#options;
    metrics.count('FramesReceived');
    if (!signal.aborted) this.#liveness?.alive();
    try {
      const message = dialect.decode(frame);
      if (!signal.aborted) this.#recorder.received(message.kind, frame.receivedAtMs);
      // A connection that is being left still brings what was on its way; what it says of itself is history.
      if (!signal.aborted || message.kind === 'notification' || message.kind === 'refused')
        this.#react(message, frame, listener);
    } catch (error) {
      // One frame that trips over a defect must not take the connection, and the frames behind it, along.
      this.#options.logger.error({ err: error }, 'a frame could not be handled');
      listener.refused(frame, 'InternalError', describeError(error));
    }
  }

  #react(message: ServerMessage, frame: ReceivedFrame, listener: SessionListener): void {
    switch (message.kind) {
      case 'notification':
        listener.notification(message.notification, frame);
        return;
      case 'refused':
        listener.refused(frame, message.code, message.detail);
        return;
      case 'ending':
        this.#end(message.ending);
        return;
      case 'resubscribe': {
        this.#options.logger.info({ detail: message.detail }, 'subscriptions are put again');
        const connection = this.#connection;
        const { signal } = this.#attempt;
        if (!connection) return;
        this.#subscribe(connection, signal).catch((error: unknown) => {
          if (!signal.aborted) this.#end(endingOfError(error));
        });
        return;
      }
      case 'ignored':
        this.#options.logger.info({ detail: message.detail }, 'a system message was ignored');
        return;
      case 'heartbeat':
      case 'pong':
      case 'acknowledged':
        return;
    }
  }

  /** The one funnel: whatever ends a connection, or an attempt at one, comes through here. */
  #end(cause: Ending): void {
    const { logger, metrics, clock } = this.#options;
    const ending: Ending = this.#stopping ? { reason: 'stop-requested', detail: 'stop was called' } : cause;
    if (this.#state === 'stopped' && this.#lastEnding?.reason === 'stop-requested') return;
    const recovery = recoveryOf(ending.reason);
    const liveMs = this.#liveSinceMs === undefined ? 0 : clock.monotonic() - this.#liveSinceMs;
    const hadConnection = this.#connection !== undefined;
    if (!recovery.planned) this.#report(ending);
    this.#recorder.end();
    this.#tearDown(recovery);
    this.#lastEnding = ending;
    if (hadConnection) metrics.count('ConnectionsEnded');
    if (ending.reason === 'frame-over-limit') metrics.count('EventsLost');
    if (liveMs >= STABLE_AFTER_MS) this.#failures = 0;
    logger[recovery.planned ? 'info' : 'warn'](
      {
        reason: ending.reason,
        detail: ending.detail,
        closeCode: ending.closeCode,
        state: this.#state,
        liveSeconds: Math.round(liveMs / 1000),
      },
      `connection ended: ${recovery.meaning}`,
    );
    this.#enter('closing', ending.reason);
    this.#recover(ending, recovery, liveMs >= STABLE_AFTER_MS);
  }

  /** One line with everything that is known of an end that nobody planned, and its probable cause. */
  #report(ending: Ending): void {
    const { dialect, runtime = 'other', logger, clock } = this.#options;
    const seen = { dialect: dialect.name, ending, state: this.#state, facts: this.#recorder.facts() };
    logCloseReport(logger, closeReport(seen, runtime), clock.now());
  }

  #tearDown(recovery: Recovery): void {
    this.#attempt.abort();
    this.#liveness?.stop();
    this.#liveness = undefined;
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    if (recovery.next === 'reconnect' && recovery.planned) this.#leave(recovery);
    else this.#connection?.terminate();
    this.#connection = undefined;
    this.#liveSinceMs = undefined;
  }

  /** Says goodbye in the background: the next connection doesn't wait for it. */
  #leave(recovery: Recovery): void {
    this.#connection?.close({ release: recovery.channel === 'new' }).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'the old connection could not be closed properly');
    });
  }

  #recover(ending: Ending, recovery: Recovery, wasStable: boolean): void {
    this.#keepChannel = recovery.channel === 'keep';
    switch (recovery.next) {
      case 'stop':
        this.#enter('stopped', ending.reason);
        return;
      case 'await-credentials':
        this.#awaitCredentials(ending);
        return;
      case 'new-token':
        if (this.#token) this.#options.tokens.invalidate(this.#token);
        this.#refusals++;
        if (this.#refusals > 1) this.#awaitCredentials(ending);
        else this.#reconnect(ending, wasStable);
        return;
      case 'reconnect':
        if (ending.reason === 'token-expiring' && this.#token) this.#options.tokens.invalidate(this.#token);
        this.#reconnect(ending, wasStable);
        return;
      case 'back-off':
        this.#backOff(ending);
        return;
    }
  }

  /** At once, the first time: a server that ends one connection after another is not to be hammered. */
  #reconnect(ending: Ending, wasStable: boolean): void {
    if (!wasStable && this.#failures > 0) {
      this.#backOff(ending);
      return;
    }
    if (!wasStable) this.#failures++;
    this.#begin();
  }

  #backOff(ending: Ending): void {
    this.#failures++;
    const waitMs = backoffDelay(this.#backoff, this.#failures, ending.retryAfterMs);
    this.#options.logger.info({ waitMs, failures: this.#failures }, 'waiting before the next attempt');
    this.#enter('backing-off', ending.reason);
    this.#later(waitMs, () => this.#begin());
  }

  /** Stopped but alive: another attempt would be refused the same way, until somebody changes something. */
  #awaitCredentials(ending: Ending): void {
    this.#options.logger.error(
      { reason: ending.reason, detail: ending.detail, recheckSeconds: CREDENTIALS_RECHECK_MS / 1000 },
      'stopped: nothing is received until credentials, permissions or topics are put right; looking again by itself',
    );
    this.#enter('stopped', ending.reason);
    const { tokens, clock, logger } = this.#options;
    const again = () => {
      this.#refusals = 0;
      this.#begin();
    };
    const watch = new CredentialsWatch({ tokens, clock, logger, again });
    this.#timers.push(() => watch.stop());
  }

  /** The one place where the state changes. */
  #enter(state: SessionState, reason?: EndReason): void {
    const previousState = this.#state;
    if (!TRANSITIONS[previousState].includes(state))
      throw new Error(`the session can't go from ${previousState} to ${state}`);
    this.#state = state;
    this.#options.metrics.gauge('ConnectionLive', state === 'live' ? 1 : 0);
    this.#options.logger.debug({ state, previousState, reason }, 'session');
    this.#options.listener.stateChanged({
      state,
      previousState,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
