import type { Logger } from 'pino';
import type { Backoff } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import type { Runtime } from '../../diagnosis/evidence.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { TokenSource } from '../oauth.ts';
import type { Dialect, ReceivedFrame } from './dialect.ts';
import type { Ending, EndReason } from './end-reason.ts';
import { EndingReport } from './ending-report.ts';
import { Handover } from './handover.ts';
import { Link, type LinkListener, type LinkOptions } from './link.ts';
import { Links } from './links.ts';
import { Reconnection } from './reconnection.ts';
import { RotationWatch } from './rotation-watch.ts';
import type { Source } from './source.ts';
import { isLive, type SessionState, TRANSITIONS } from './state.ts';
import type { Subscriptions } from './subscriptions.ts';
import { TopicRefresh } from './topic-refresh.ts';

export type { Source } from './source.ts';

export interface StateChange {
  readonly state: SessionState;
  readonly previousState: SessionState;
  /** Why, when the change is an ending or follows one. */
  readonly reason?: EndReason;
}

export interface SessionListener extends Pick<LinkListener, 'refused'> {
  notification(notification: NotificationFrame, frame: ReceivedFrame, source: Source): void;
  stateChanged(change: StateChange): void;
  /** A pause has to end soon: a connection is to be replaced while it lasts, which can't be done without reading. */
  mustRead?(): void;
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
 * The state changes in `#enter` alone; every ending goes through `#ended`; what follows stands in `RECOVERIES`, and is
 * done by `Reconnection` when no connection is left, by `Handover` while one works. They ask for a change of state, and
 * never make it.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #links: Links;
  readonly #handover: Handover;
  readonly #reconnection: Reconnection;
  readonly #report: EndingReport;
  readonly #rotation: RotationWatch;
  readonly #topics: TopicRefresh;
  #state: SessionState = 'idle';
  #paused = false;
  #attempts = 0;
  #lastEnding: Ending | undefined;
  #stopping = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { backoff = { baseMs: 1000, capMs: 60_000 } } = options;
    this.#links = new Links(options);
    this.#report = new EndingReport(options);
    this.#topics = new TopicRefresh(options);
    this.#rotation = new RotationWatch({
      ...options,
      everyMs: options.credentialsRecheckMs,
      rotated: () => {
        if (this.#links.current)
          this.#due(this.#links.current, {
            reason: 'credentials-rotated',
            detail: 'the secret holds other credentials than those in use',
          });
      },
    });
    this.#reconnection = new Reconnection({
      ...options,
      backoff,
      begin: () => this.#begin(),
      enter: (state, reason) => this.#enter(state, reason),
    });
    this.#handover = new Handover({
      ...options,
      links: this.#links,
      topics: this.#topics,
      backoff,
      isSettled: (link) => link === this.#links.current && this.#state === 'live',
      make: (replacing, reason) =>
        this.#attempt(
          { keep: false, held: true, ...(replacing ? { replacing } : {}) },
          'handing-over',
          reason,
        ),
      mustRead: () => options.listener.mustRead?.(),
      tookOver: (newer, reason) => {
        this.#reconnection.channelLeft();
        this.#live(newer, reason);
      },
      stayed: (reason) => this.#enter('live', reason),
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
    return this.#links.lastSignAt;
  }

  /** Whether what was sent may have waited, and still wait, to be read: the socket, or the process, stood still. */
  get isBehind(): boolean {
    return this.#links.isBehind;
  }

  /** From when on nothing has waited so, milliseconds since the Unix epoch; undefined: nothing ever has. */
  get promptSince(): number | undefined {
    return this.#links.promptSince;
  }

  /**
   * Asks the socket that works for a sign of life, which moves `lastSignAt` on.
   * @returns whether one came within `ms` milliseconds
   */
  showsLife(ms: number): Promise<boolean> {
    return this.#links.showsLife(ms);
  }

  /** Begins. Returns at once; `stateChanged` tells the rest. */
  start(): void {
    this.#begin();
  }

  /** The process stood still until now. @param since milliseconds since the Unix epoch */
  stoodStill(since: number): void {
    this.#links.stoodStill(since);
  }

  /** Stops reading off the sockets; meanwhile silence is not taken for death, and no hand-over begins. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#links.pause();
    this.#handover.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#links.resume();
    this.#handover.resume();
  }

  /**
   * Ends for good. Resolves when the sockets are closed and what they held at the server is freed; what
   * arrives until then is still handed on.
   */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#cancel();
    this.#handover.part();
    const hadConnection = await this.#links.leaveAll();
    this.#close({ reason: 'stop-requested', detail: 'stop was called' }, { hadConnection, liveMs: 0 });
    this.#enter('stopped', 'stop-requested');
  }

  #begin(): void {
    if (this.#stopping) return;
    this.#cancel();
    this.#attempt({ keep: this.#reconnection.attempt(), held: false }, 'authenticating');
  }

  /** Makes another connection. */
  #attempt(
    how: Pick<LinkOptions, 'keep' | 'held' | 'replacing'>,
    state: 'authenticating' | 'handing-over',
    reason?: EndReason,
  ): void {
    const link = this.#link(how);
    this.#links.make(link);
    this.#enter(state, reason);
    if (!this.#stopping) link.open();
  }

  #link(how: Pick<LinkOptions, 'keep' | 'held' | 'replacing'>): Link {
    const { listener, look = () => {} } = this.#options;
    this.#attempts++;
    const link = new Link({
      ...this.#options,
      ...how,
      id: String(this.#attempts),
      look,
      listener: {
        notification: (notification, frame, source) => listener.notification(notification, frame, source),
        refused: (frame, code, detail) => listener.refused(frame, code, detail),
        stage: (link) => this.#stage(link),
        due: (link, ending) => this.#due(link, ending),
        ended: (link, ending) => this.#ended(link, ending),
        caughtUp: () => this.#links.caughtUp(),
      },
    });
    if (this.#paused) link.pause();
    return link;
  }

  #stage(link: Link): void {
    if (link !== this.#links.next) return;
    if (this.#links.current) {
      if (link.stage === 'live') this.#handover.meet(this.#links.current, link);
      return;
    }
    if (link.stage === 'live') this.#live(link);
    else this.#enter(link.stage);
  }

  #live(link: Link, reason?: EndReason): void {
    this.#links.live(link);
    this.#lastEnding = undefined;
    this.#reconnection.live();
    this.#handover.live();
    this.#cancel();
    this.#topics.start(link);
    this.#rotation.start();
    this.#enter('live', reason);
  }

  /** The connection is to be replaced: by make before break, if it works. */
  #due(link: Link, ending: Ending): void {
    if (link !== this.#links.current) {
      link.end(ending);
      return;
    }
    if (this.#state === 'live') this.#handover.due(link, ending);
  }

  /** The one funnel: whatever ends a connection, or an attempt at one, comes through here. */
  #ended(link: Link, ending: Ending): void {
    if (this.#stopping) return;
    if (ending.reason === 'internal-error') this.#options.metrics.count('InternalErrors');
    const { current } = this.#links;
    const { token, liveMs } = link;
    if (link === current) {
      this.#handover.part();
      this.#links.lost(link);
      this.#report.explain(link, ending, this.#state);
      this.#close(ending, { hadConnection: true, liveMs });
      const { next } = this.#links;
      if (next) this.#adopt(next, ending.reason);
      else this.#reconnection.follow(ending, { token, liveMs });
    } else if (link === this.#links.next) {
      this.#handover.part();
      this.#links.failed();
      this.#report.explain(link, ending, current ? link.stage : this.#state);
      if (current) {
        this.#lastEnding = ending;
        this.#handover.failed(current, link, ending);
      } else {
        this.#close(ending, { hadConnection: link.connection !== undefined, liveMs });
        this.#reconnection.follow(ending, { token, liveMs });
      }
    }
  }

  /** The session is not live any more, if it was. */
  #close(ending: Ending, how: { readonly hadConnection: boolean; readonly liveMs: number }): void {
    this.#cancel();
    this.#topics.stop();
    this.#rotation.stop();
    this.#lastEnding = ending;
    this.#report.ended(ending, { ...how, state: this.#state });
    this.#reconnection.ended(how.liveMs);
    this.#enter('closing', ending.reason);
  }

  /** The connection that was to take over is the only one left. */
  #adopt(link: Link, reason: EndReason): void {
    link.letGo();
    if (link.stage === 'live') this.#live(link, reason);
    else this.#enter(link.stage, reason);
  }

  /** What was to follow later does not follow any more. */
  #cancel(): void {
    this.#handover.cancel();
    this.#reconnection.cancel();
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
