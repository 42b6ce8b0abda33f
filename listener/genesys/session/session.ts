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
import { endingOfError } from './ending-of-error.ts';
import { Link, type LinkListener, type LinkOptions } from './link.ts';
import { Meeting, type MeetingOutcome } from './meeting.ts';
import { RotationWatch } from './rotation-watch.ts';
import type { Source } from './source.ts';
import { isLive, type SessionState, TRANSITIONS } from './state.ts';
import type { Subscriptions } from './subscriptions.ts';
import { TopicRefresh } from './topic-refresh.ts';

export type { Source } from './source.ts';

/** A connection that lived this long was a good one: failures before it no longer count. Milliseconds. */
const STABLE_AFTER_MS = 60_000;
/** One that is to be replaced sooner than this after it replaced another is replaced in haste. Milliseconds. */
const HANDOVER_EVERY_MS = 10_000;
/** After so many in haste, one after another, each waits longer: a server that wants no connection is not hammered. */
const HASTY_HANDOVERS = 4;
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
  /** Called before what comes is dealt with, so that it can be noticed that the process stood still: `stoodStill`. */
  readonly look?: () => void;
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
  readonly #topics: TopicRefresh;
  #state: SessionState = 'idle';
  /** The connection that works. */
  #current: Link | undefined;
  /** The one that is being made: the first, or the one that is to take over. */
  #next: Link | undefined;
  #meeting: Meeting | undefined;
  /** Those that failed to take over, until the present one has brought all that they keep back. */
  readonly #fallen = new Set<Link>();
  /** Connections that are being closed. */
  readonly #leaving = new Set<Promise<void>>();
  #timers: Cancel[] = [];
  #paused = false;
  #onResume: (() => void) | undefined;
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
  /** Why the present connection is being replaced. */
  #handoverReason: EndReason | undefined;
  #lastSignAt: number | undefined;
  #promptSince: number | undefined;
  #stopping = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? { baseMs: 1000, capMs: 60_000 };
    const { tokens, subscriptions, clock, logger, metrics, credentialsRecheckMs } = options;
    this.#topics = new TopicRefresh({ subscriptions, clock, logger });
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

  /** Whether what was sent may have waited, and still wait, to be read: the socket, or the process, stood still. */
  get isBehind(): boolean {
    return [this.#current, this.#next].some((link) => link?.isBehind);
  }

  /** From when on nothing has waited so, milliseconds since the Unix epoch; undefined: nothing ever has. */
  get promptSince(): number | undefined {
    return this.#promptSince;
  }

  /**
   * Asks the socket that works for a sign of life, which moves `lastSignAt` on.
   * @returns whether one came within `ms` milliseconds
   */
  async showsLife(ms: number): Promise<boolean> {
    const current = this.#current;
    if (current === undefined) return false;
    const patience = new AbortController();
    try {
      return await Promise.race([
        current.answered().then(() => true),
        this.#options.clock.sleep(ms, patience.signal).then(() => false),
      ]);
    } finally {
      patience.abort();
    }
  }

  /** Begins. Returns at once; `stateChanged` tells the rest. */
  start(): void {
    this.#begin();
  }

  /** The process stood still until now. @param since milliseconds since the Unix epoch */
  stoodStill(since: number): void {
    this.#promptSince = this.#options.clock.now();
    this.#current?.stoodStill(since);
    this.#next?.stoodStill(since);
  }

  /** Stops reading off the sockets; meanwhile silence is not taken for death, and no hand-over begins. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#current?.pause();
    this.#next?.pause();
    this.#meeting?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#current?.resume();
    this.#next?.resume();
    this.#meeting?.resume();
    const onResume = this.#onResume;
    this.#onResume = undefined;
    onResume?.();
  }

  /**
   * Ends for good. Resolves when the sockets are closed and what they held at the server is freed; what
   * arrives until then is still handed on.
   */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const links = [this.#current, this.#next];
    const current = this.#current;
    this.#clearTimers();
    this.#meeting?.stop();
    for (const link of links) if (link) this.#leave(link);
    await Promise.all(this.#leaving);
    // Behind what the old connection has brought, since it may be newer.
    this.#letFallenGo();
    this.#next?.letGo();
    const hadConnection = links.some((link) => link?.connection !== undefined);
    this.#lastSignAt = current?.lastSignAt ?? this.#lastSignAt;
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

  #link(how: Pick<LinkOptions, 'keep' | 'held' | 'replacing'>): Link {
    const {
      dialect,
      tokens,
      subscriptions,
      clock,
      logger,
      metrics,
      listener,
      look = () => {},
    } = this.#options;
    this.#links++;
    const link = new Link({
      ...how,
      id: String(this.#links),
      dialect,
      tokens,
      subscriptions,
      clock,
      logger,
      metrics,
      look,
      listener: {
        notification: (notification, frame, source) => listener.notification(notification, frame, source),
        refused: (frame, code, detail) => listener.refused(frame, code, detail),
        stage: (link) => this.#stage(link),
        due: (link, ending) => this.#due(link, ending),
        ended: (link, ending) => this.#ended(link, ending),
        caughtUp: () => {
          this.#promptSince = clock.now();
        },
      },
    });
    if (this.#paused) link.pause();
    return link;
  }

  #stage(link: Link): void {
    if (link !== this.#next) return;
    if (this.#current) {
      if (link.stage === 'live') this.#meet(this.#current, link);
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
    this.#fallen.clear();
    this.#clearTimers();
    this.#topics.start(link);
    this.#rotation.start();
    this.#enter('live', reason);
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
    const waitMs = backoffDelay(this.#backoff, Math.max(1, this.#hastyHandovers - HASTY_HANDOVERS));
    this.#later(waitMs, () => {
      if (link === this.#current && this.#state === 'live') this.#handOver(link, ending);
    });
  }

  #handOver(link: Link, ending: Ending): void {
    const { logger, tokens } = this.#options;
    if (this.#paused) {
      this.#onResume = () => {
        if (link === this.#current && this.#state === 'live') this.#handOver(link, ending);
      };
      return;
    }
    const { meaning } = recoveryOf(ending.reason);
    logger.info({ reason: ending.reason, detail: ending.detail }, `handing over: ${meaning}`);
    this.#clearTimers();
    this.#topics.hold();
    const isOld = link.token !== undefined && tokens.renewalInMs(link.token) < HANDOVER_EVERY_MS;
    const wantsNewToken =
      isOld || ending.reason === 'token-expiring' || ending.reason === 'credentials-rotated';
    this.#handoverReason = ending.reason;
    const replacing = wantsNewToken ? link.token : undefined;
    this.#next = this.#link({ keep: false, held: true, ...(replacing ? { replacing } : {}) });
    this.#enter('handing-over', ending.reason);
    if (!this.#stopping) this.#next.open();
  }

  #meet(older: Link, newer: Link): void {
    const over = (outcome: MeetingOutcome) => this.#met(older, newer, outcome);
    this.#meeting = new Meeting({ older, newer, clock: this.#options.clock, over });
    if (this.#paused) this.#meeting.pause();
    this.#meeting.start().catch((error: unknown) => newer.end(endingOfError(error)));
  }

  #met(older: Link, newer: Link, outcome: MeetingOutcome): void {
    const { metrics } = this.#options;
    this.#meeting = undefined;
    if (outcome !== 'met') {
      // What the old one still holds back can't be waited for; it is dropped, and the gap is dealt with as one.
      const silent = outcome === 'old-silent' ? older : newer;
      metrics.count('HeartbeatsMissed');
      silent.end({
        reason: 'heartbeat-missed',
        detail: 'a ping was not answered when another connection was to take over',
      });
      return;
    }
    newer.letGo();
    this.#leave(older);
    metrics.count('HandoversCompleted');
    metrics.count('ConnectionsEnded');
    this.#reuses = 0;
    this.#live(newer, this.#handoverReason);
    this.#handedOver = true;
  }

  /** Closes a connection, and frees what it held. */
  #leave(link: Link): void {
    const left = link
      .leave({ release: true })
      .catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'a connection could not be closed properly');
      })
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /** The one funnel: whatever ends a connection, or an attempt at one, comes through here. */
  #ended(link: Link, ending: Ending): void {
    if (this.#stopping) return;
    if (ending.reason === 'internal-error') this.#options.metrics.count('InternalErrors');
    const wasStable = link.liveMs >= STABLE_AFTER_MS;
    if (link === this.#current || link === this.#next) {
      this.#meeting?.stop();
      this.#meeting = undefined;
    }
    if (link === this.#current) {
      this.#lastSignAt = link.lastSignAt ?? this.#lastSignAt;
      this.#current = undefined;
      this.#letFallenGo();
      this.#close(ending, true, link.liveMs, link);
      if (this.#next) this.#adopt(this.#next, ending.reason);
      else this.#recover(link, ending, wasStable);
    } else if (link === this.#next) {
      this.#next = undefined;
      if (this.#current) this.#handoverFailed(this.#current, link, ending);
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
    this.#topics.stop();
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
    link.letGo();
    if (link.stage === 'live') this.#live(link, reason);
    else this.#enter(link.stage, reason);
  }

  /** The present connection works on; another attempt follows for as long as it does. */
  #handoverFailed(present: Link, link: Link, ending: Ending): void {
    const { logger, metrics, tokens } = this.#options;
    const { planned, next } = recoveryOf(ending.reason);
    metrics.count('HandoversFailed');
    if (link.connection) metrics.count('ConnectionsEnded');
    if (!planned) this.#report(link, ending);
    if (next === 'new-token' && link.token) tokens.invalidate(link.token);
    this.#keepUntilLevel(link, present);
    this.#handoverFailures++;
    const waitMs = backoffDelay(this.#backoff, this.#handoverFailures, ending.retryAfterMs);
    logger.warn(
      { reason: ending.reason, detail: ending.detail, failures: this.#handoverFailures, waitMs },
      'the new connection failed; the present one stays',
    );
    this.#lastEnding = ending;
    const reason = this.#handoverReason ?? ending.reason;
    this.#topics.release();
    this.#enter('live', ending.reason);
    this.#later(waitMs, () => {
      if (this.#current === present && this.#state === 'live')
        this.#handOver(present, { reason, detail: 'the attempt before failed' });
    });
  }

  /** What it keeps back is forgotten once the present one has brought the same, and needed if it never does. */
  #keepUntilLevel(fallen: Link, present: Link): void {
    if (!fallen.isKeepingBack) return;
    this.#fallen.add(fallen);
    void present.answered().then(() => this.#fallen.delete(fallen));
  }

  #letFallenGo(): void {
    for (const link of this.#fallen) link.letGo();
    this.#fallen.clear();
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
