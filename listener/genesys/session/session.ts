import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../../backoff.ts';
import type { Cancel, Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import { closeReport, logCloseReport } from '../../diagnosis/close-report.ts';
import type { Runtime } from '../../diagnosis/evidence.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { TokenSource } from '../oauth.ts';
import { CREDENTIALS_RECHECK_MS, CredentialsWatch } from './credentials-watch.ts';
import type { Dialect, ReceivedFrame } from './dialect.ts';
import { type Ending, type EndReason, recoveryOf } from './end-reason.ts';
import { Link, type LinkListener, type Source } from './link.ts';
import { meet } from './meeting.ts';
import { RotationWatch } from './rotation-watch.ts';
import { isLive, type SessionState, TRANSITIONS } from './state.ts';
import type { Subscriptions } from './subscriptions.ts';

export type { Source } from './link.ts';

/** A connection that lived this long was a good one: failures before it no longer count. Milliseconds. */
const STABLE_AFTER_MS = 60_000;
/** One that is to be replaced sooner than this after it replaced another waits, longer each time. Milliseconds. */
const HANDOVER_EVERY_MS = 10_000;
/** After so many connections in a row over one channel the next one gets a new channel. */
const MOST_REUSES = 10;

export interface StateChange {
  readonly state: SessionState;
  readonly previousState: SessionState;
  /** Why, when the change is an ending or follows one. */
  readonly reason?: EndReason;
}

export interface SessionListener extends Pick<LinkListener, 'refused'> {
  notification(notification: NotificationFrame, frame: ReceivedFrame, source: Source): void;
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
  /** How often to look whether the credentials were rotated, in milliseconds; five minutes unless said. */
  readonly credentialsRecheckMs?: number;
  /** For reports of what ended; `other` unless said. */
  readonly runtime?: Runtime;
}

/**
 * Stays connected to Genesys Cloud for as long as it is told to, whatever happens. What can be foreseen (a token
 * or a channel that ends, maintenance, rotated credentials) is met with a second connection, which is there before
 * the first one is left.
 *
 * The state changes in `#enter` alone; every ending goes through `#ended`; what follows stands in `RECOVERIES`.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #backoff: Backoff;
  readonly #rotation: RotationWatch;
  #state: SessionState = 'idle';
  /** The connection that works. */
  #current: Link | undefined;
  /** The one that is being made: the first, or the one that is to take over. */
  #next: Link | undefined;
  #timers: Cancel[] = [];
  #links = 0;
  #failures = 0;
  /** Whether the present connection replaced another one. */
  #handedOver = false;
  #handoverFailures = 0;
  #hastyHandovers = 0;
  #refusals = 0;
  #reuses = 0;
  #keepChannel = false;
  #lastEnding: Ending | undefined;
  #lastSignAt: number | undefined;
  #stopping = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? { baseMs: 1000, capMs: 60_000 };
    const { tokens, clock, logger, metrics, credentialsRecheckMs } = options;
    this.#rotation = new RotationWatch({
      tokens,
      clock,
      logger,
      metrics,
      everyMs: credentialsRecheckMs,
      rotated: () => {
        if (this.#current)
          this.#due(this.#current, {
            reason: 'credentials-rotated',
            detail: 'the secret holds other credentials than those in use',
          });
      },
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The last ending that was none of our own doing, until the session is live again. */
  get trouble(): Ending | undefined {
    return this.#lastEnding;
  }

  /**
   * When something last came off the socket that works, or worked last; milliseconds since the Unix epoch.
   * What was sent later may not have arrived.
   */
  get lastSignAt(): number | undefined {
    return this.#current?.lastSignAt ?? this.#lastSignAt;
  }

  /** Begins. Returns at once; `stateChanged` tells the rest. */
  start(): void {
    this.#begin();
  }

  /** Stops reading off the sockets; meanwhile silence is not taken for death. */
  pause(): void {
    this.#current?.pause();
    this.#next?.pause();
  }

  resume(): void {
    this.#current?.resume();
    this.#next?.resume();
  }

  /**
   * Ends for good. Resolves when the sockets are closed and what they held at the server is freed; what
   * arrives until then is still handed on.
   */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const links = [this.#current, this.#next];
    this.#clearTimers();
    await Promise.all(links.map((link) => link?.leave({ release: true })));
    const hadConnection = links.some((link) => link?.connection !== undefined);
    this.#current = undefined;
    this.#next = undefined;
    this.#close({ reason: 'stop-requested', detail: 'stop was called' }, hadConnection, 0);
    this.#enter('stopped', 'stop-requested');
  }

  #begin(): void {
    if (this.#stopping) return;
    this.#clearTimers();
    const keep = this.#keepChannel && this.#reuses < MOST_REUSES;
    this.#reuses = keep ? this.#reuses + 1 : 0;
    this.#next = this.#link({ keep, held: false });
    this.#enter('authenticating');
    if (!this.#stopping) this.#next.open();
  }

  #link(how: { readonly keep: boolean; readonly held: boolean }): Link {
    const { dialect, tokens, subscriptions, clock, logger, metrics, listener } = this.#options;
    this.#links++;
    return new Link({
      ...how,
      id: String(this.#links),
      dialect,
      tokens,
      subscriptions,
      clock,
      logger,
      metrics,
      listener: {
        notification: (notification, frame, source) => listener.notification(notification, frame, source),
        refused: (frame, code, detail) => listener.refused(frame, code, detail),
        stage: (link) => this.#stage(link),
        due: (link, ending) => this.#due(link, ending),
        ended: (link, ending) => this.#ended(link, ending),
      },
    });
  }

  #stage(link: Link): void {
    if (link !== this.#next) return;
    if (this.#current) {
      if (link.stage === 'live') void this.#meet(this.#current, link);
      return;
    }
    if (link.stage === 'live') this.#live(link);
    else this.#enter(link.stage);
  }

  #live(link: Link, reason?: EndReason): void {
    this.#current = link;
    this.#next = undefined;
    this.#lastEnding = undefined;
    this.#refusals = 0;
    this.#handedOver = false;
    this.#handoverFailures = 0;
    this.#clearTimers();
    this.#scheduleRefresh();
    this.#rotation.start();
    this.#enter('live', reason);
  }

  #scheduleRefresh(): void {
    const { refreshMs } = this.#options.subscriptions;
    if (refreshMs === undefined) return;
    this.#later(refreshMs, () => {
      this.#refresh();
      this.#scheduleRefresh();
    });
  }

  /** Looks up the topics again and puts what has changed; a failure leaves the subscriptions as they are. */
  #refresh(): void {
    const { connection, signal } = this.#current ?? {};
    if (!connection || !signal) return;
    this.#options.subscriptions.refresh(connection, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#options.logger.warn({ err: error }, 'topics could not be looked up again; the present ones stay');
    });
  }

  /** The connection is to be replaced: by make before break, if it works. */
  #due(link: Link, ending: Ending): void {
    if (link !== this.#current) {
      link.end(ending);
      return;
    }
    if (this.#state !== 'live') return;
    const isHasty = link.liveMs < HANDOVER_EVERY_MS && this.#handedOver;
    this.#hastyHandovers = isHasty ? this.#hastyHandovers + 1 : 0;
    if (!isHasty) {
      this.#handOver(link, ending);
      return;
    }
    const waitMs = backoffDelay(this.#backoff, this.#hastyHandovers);
    this.#later(waitMs, () => {
      if (link === this.#current && this.#state === 'live') this.#handOver(link, ending);
    });
  }

  #handOver(link: Link, ending: Ending): void {
    const { logger, tokens } = this.#options;
    const { meaning } = recoveryOf(ending.reason);
    logger.info({ reason: ending.reason, detail: ending.detail }, `handing over: ${meaning}`);
    this.#clearTimers();
    const wantsNewToken = ending.reason === 'token-expiring' || ending.reason === 'credentials-rotated';
    if (wantsNewToken && link.token) tokens.invalidate(link.token);
    this.#lastEnding = ending;
    this.#next = this.#link({ keep: false, held: true });
    this.#enter('handing-over', ending.reason);
    if (!this.#stopping) this.#next.open();
  }

  async #meet(older: Link, newer: Link): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    const outcome = await meet(older, newer, clock);
    // Whichever has ended meanwhile was dealt with when it did.
    if (this.#current !== older || this.#next !== newer || this.#stopping) return;
    const silence = { reason: 'heartbeat-missed', detail: `no answer to a ping: ${outcome}` } as const;
    if (outcome === 'new-silent') return newer.end(silence);
    // What it still holds back can't be waited for; it is dropped, and the gap is dealt with as one.
    if (outcome === 'old-silent') return older.end(silence);
    newer.letGo();
    older.leave({ release: true }).catch((error: unknown) => {
      logger.warn({ err: error }, 'the old connection could not be closed properly');
    });
    metrics.count('HandoversCompleted');
    metrics.count('ConnectionsEnded');
    this.#live(newer, this.#lastEnding?.reason);
    this.#handedOver = true;
  }

  /** The one funnel: whatever ends a connection, or an attempt at one, comes through here. */
  #ended(link: Link, ending: Ending): void {
    if (this.#stopping) return;
    const wasStable = link.liveMs >= STABLE_AFTER_MS;
    if (link === this.#current) {
      this.#lastSignAt = link.lastSignAt;
      this.#current = undefined;
      this.#close(ending, true, link.liveMs, link);
      if (this.#next) this.#adopt(this.#next, ending.reason);
      else this.#recover(link, ending, wasStable);
    } else if (link === this.#next) {
      this.#next = undefined;
      if (this.#current) this.#handoverFailed(link, ending);
      else {
        this.#close(ending, link.connection !== undefined, link.liveMs, link);
        this.#recover(link, ending, wasStable);
      }
    }
  }

  /** Says and counts what ended. */
  #close(ending: Ending, hadConnection: boolean, liveMs: number, link?: Link): void {
    const { logger, metrics } = this.#options;
    const { planned, meaning } = recoveryOf(ending.reason);
    if (!planned && link) this.#report(link, ending);
    this.#clearTimers();
    this.#rotation.stop();
    this.#lastEnding = ending;
    if (hadConnection) metrics.count('ConnectionsEnded');
    if (ending.reason === 'frame-over-limit') metrics.count('EventsLost');
    if (liveMs >= STABLE_AFTER_MS) this.#failures = 0;
    logger[planned ? 'info' : 'warn'](
      {
        reason: ending.reason,
        detail: ending.detail,
        closeCode: ending.closeCode,
        state: this.#state,
        liveSeconds: Math.round(liveMs / 1000),
      },
      `connection ended: ${meaning}`,
    );
    this.#enter('closing', ending.reason);
  }

  /** One line with everything that is known of an end that nobody planned, and its probable cause. */
  #report(link: Link, ending: Ending): void {
    const { dialect, runtime = 'other', logger, clock } = this.#options;
    const state = link === this.#current || this.#current === undefined ? this.#state : link.stage;
    const seen = { dialect: dialect.name, ending, state, facts: link.facts };
    logCloseReport(logger, closeReport(seen, runtime), clock.now());
  }

  /** The connection that was to take over is the only one left. */
  #adopt(link: Link, reason: EndReason): void {
    if (link.stage === 'live') {
      link.letGo();
      this.#live(link, reason);
      return;
    }
    link.letGo();
    this.#enter(link.stage, reason);
  }

  /** The present connection works on; another attempt follows for as long as it does. */
  #handoverFailed(link: Link, ending: Ending): void {
    const { logger, metrics, tokens } = this.#options;
    metrics.count('HandoversFailed');
    if (!recoveryOf(ending.reason).planned) this.#report(link, ending);
    if (recoveryOf(ending.reason).next === 'new-token' && link.token) tokens.invalidate(link.token);
    this.#handoverFailures++;
    const waitMs = backoffDelay(this.#backoff, this.#handoverFailures, ending.retryAfterMs);
    logger.warn(
      { reason: ending.reason, detail: ending.detail, failures: this.#handoverFailures, waitMs },
      'the new connection failed; the present one stays',
    );
    const due = this.#lastEnding ?? ending;
    this.#enter('live', ending.reason);
    this.#scheduleRefresh();
    this.#later(waitMs, () => {
      if (this.#current && this.#state === 'live') this.#handOver(this.#current, due);
    });
  }

  #recover(link: Link, ending: Ending, wasStable: boolean): void {
    const { tokens } = this.#options;
    const recovery = recoveryOf(ending.reason);
    this.#keepChannel = recovery.channel === 'keep';
    switch (recovery.next) {
      case 'stop':
        this.#enter('stopped', ending.reason);
        return;
      case 'await-credentials':
        this.#awaitCredentials(ending);
        return;
      case 'new-token':
        if (link.token) tokens.invalidate(link.token);
        this.#refusals++;
        if (this.#refusals > 1) this.#awaitCredentials(ending);
        else this.#reconnect(ending, wasStable);
        return;
      case 'hand-over':
      case 'reconnect':
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

  #later(ms: number, fn: () => void): void {
    this.#timers.push(this.#options.clock.after(Math.max(0, ms), fn));
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  /** The one place where the state changes. */
  #enter(state: SessionState, reason?: EndReason): void {
    const previousState = this.#state;
    if (!TRANSITIONS[previousState].includes(state))
      throw new Error(`the session can't go from ${previousState} to ${state}`);
    this.#state = state;
    this.#options.metrics.gauge('ConnectionLive', isLive(state) ? 1 : 0);
    this.#options.logger.debug({ state, previousState, reason }, 'session');
    this.#options.listener.stateChanged({
      state,
      previousState,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
