import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import { type Ending, type EndReason, recoveryOf } from './end-reason.ts';
import { endingOfError } from './ending-of-error.ts';
import type { Link } from './link.ts';
import type { Links } from './links.ts';
import { Meeting, type MeetingOutcome } from './meeting.ts';
import { Timers } from './timers.ts';
import type { TopicRefresh } from './topic-refresh.ts';

/** One that is to be replaced sooner than this after it replaced another is replaced in haste. Milliseconds. */
const HANDOVER_EVERY_MS = 10_000;
/** After so many in haste, one after another, each waits longer: a server that wants no connection is not hammered. */
const HASTY_HANDOVERS = 4;

export interface HandoverOptions {
  readonly links: Pick<Links, 'leave' | 'keepUntilLevel'>;
  readonly topics: Pick<TopicRefresh, 'hold' | 'release'>;
  readonly tokens: Pick<TokenSource, 'renewalInMs' | 'invalidate'>;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether it is the connection that works, and no other one is being made. */
  readonly isSettled: (link: Link) => boolean;
  /** Nothing is read off the sockets, and a connection has to be made: called when a hand-over is due in a pause. */
  readonly mustRead: () => void;
  /** Makes the connection that is to take over; a new login replaces the token, if one is given. */
  readonly make: (replacing: AccessToken | undefined, reason: EndReason) => void;
  /** The new connection works, has handed over what it kept back, and the old one is being left. */
  readonly tookOver: (newer: Link, reason: EndReason | undefined) => void;
  /** The new connection has failed, and the old one works on. */
  readonly stayed: (reason: EndReason) => void;
}

/**
 * Replaces the connection that works by another one, which is there before the first one is left. If it fails,
 * another attempt follows for as long as the first one works. What ends meanwhile is told by the session.
 */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #timers: Timers;
  #meeting: Meeting | undefined;
  #isPaused = false;
  #onResume: (() => void) | undefined;
  /** Why the present connection is being replaced. */
  #reason: EndReason | undefined;
  /** Whether the present connection replaced another one. */
  #hasReplaced = false;
  #failures = 0;
  #hasty = 0;

  constructor(options: HandoverOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  /** The connection that works is to be replaced: at once, unless that is in haste. */
  due(link: Link, ending: Ending): void {
    const isHasty = link.liveMs < HANDOVER_EVERY_MS && this.#hasReplaced;
    this.#hasty = isHasty ? this.#hasty + 1 : 0;
    if (!isHasty) {
      this.#begin(link, ending);
      return;
    }
    const waitMs = backoffDelay(this.#options.backoff, Math.max(1, this.#hasty - HASTY_HANDOVERS));
    this.#timers.later(waitMs, () => this.#beginIfSettled(link, ending));
  }

  /** The new connection is live: it takes over when the two are level. */
  meet(older: Link, newer: Link): void {
    const over = (outcome: MeetingOutcome) => this.#met(older, newer, outcome);
    this.#meeting = new Meeting({ older, newer, clock: this.#options.clock, over });
    if (this.#isPaused) this.#meeting.pause();
    this.#meeting.start().catch((error: unknown) => newer.end(endingOfError(error)));
  }

  /** Nothing is read off the sockets, so no hand-over begins, and silence says nothing. */
  pause(): void {
    this.#isPaused = true;
    this.#meeting?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#meeting?.resume();
    const onResume = this.#onResume;
    this.#onResume = undefined;
    onResume?.();
  }

  /** One of the two has ended, or will: they don't meet any more. */
  part(): void {
    this.#meeting?.stop();
    this.#meeting = undefined;
  }

  /** No attempt follows any more, until another one is due. */
  cancel(): void {
    this.#timers.clear();
  }

  /** A connection is the only one, and works. */
  live(): void {
    this.#hasReplaced = false;
    this.#failures = 0;
  }

  /** The new connection has ended. The present one works on; another attempt follows for as long as it does. */
  failed(present: Link, failed: Link, ending: Ending): void {
    const { links, topics, tokens, backoff, logger, metrics, stayed } = this.#options;
    metrics.count('HandoversFailed');
    if (failed.connection) metrics.count('ConnectionsEnded');
    if (recoveryOf(ending.reason).next === 'new-token' && failed.token) tokens.invalidate(failed.token);
    links.keepUntilLevel(failed, present);
    this.#failures++;
    const waitMs = backoffDelay(backoff, this.#failures, ending.retryAfterMs);
    logger.warn(
      { reason: ending.reason, detail: ending.detail, failures: this.#failures, waitMs },
      'the new connection failed; the present one stays',
    );
    const reason = this.#reason ?? ending.reason;
    topics.release();
    stayed(ending.reason);
    this.#timers.later(waitMs, () =>
      this.#beginIfSettled(present, { reason, detail: 'the attempt before failed' }),
    );
  }

  #beginIfSettled(link: Link, ending: Ending): void {
    if (this.#options.isSettled(link)) this.#begin(link, ending);
  }

  #begin(link: Link, ending: Ending): void {
    const { logger, tokens, topics, make, mustRead } = this.#options;
    if (this.#isPaused) {
      this.#onResume = () => this.#beginIfSettled(link, ending);
      mustRead();
      return;
    }
    const { meaning } = recoveryOf(ending.reason);
    logger.info({ reason: ending.reason, detail: ending.detail }, `handing over: ${meaning}`);
    this.#timers.clear();
    topics.hold();
    const isOld = link.token !== undefined && tokens.renewalInMs(link.token) < HANDOVER_EVERY_MS;
    const wantsNewToken =
      isOld || ending.reason === 'token-expiring' || ending.reason === 'credentials-rotated';
    this.#reason = ending.reason;
    make(wantsNewToken ? link.token : undefined, ending.reason);
  }

  #met(older: Link, newer: Link, outcome: MeetingOutcome): void {
    const { links, metrics, tookOver } = this.#options;
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
    links.leave(older);
    metrics.count('HandoversCompleted');
    metrics.count('ConnectionsEnded');
    tookOver(newer, this.#reason);
    this.#hasReplaced = true;
  }
}
