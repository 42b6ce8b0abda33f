import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import { CREDENTIALS_RECHECK_MS, CredentialsWatch } from './credentials-watch.ts';
import { type Ending, type EndReason, recoveryOf } from './end-reason.ts';
import { Timers } from './timers.ts';

/** A connection that lived this long was a good one: failures before it no longer count. Milliseconds. */
const STABLE_AFTER_MS = 60_000;
/** After so many connections in a row over one channel the next one gets a new channel. */
const MOST_REUSES = 10;

export interface ReconnectionOptions {
  readonly tokens: Pick<TokenSource, 'invalidate' | 'credentialsChanged'>;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes the next attempt. */
  readonly begin: () => void;
  /** No attempt is made for now, or ever. */
  readonly enter: (state: 'backing-off' | 'stopped', reason: EndReason) => void;
}

/** What follows an ending when there is no other connection: the next attempt, at once, later, or on a condition. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  readonly #timers: Timers;
  #failures = 0;
  /** How often the login, or what was asked with its token, was refused since the session was live. */
  #refusals = 0;
  #reuses = 0;
  #keepChannel = false;
  #watch: CredentialsWatch | undefined;

  constructor(options: ReconnectionOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  /** An attempt begins. @returns whether it is to use the channel of the last one */
  attempt(): boolean {
    const keep = this.#keepChannel && this.#reuses < MOST_REUSES;
    this.#reuses = keep ? this.#reuses + 1 : 0;
    return keep;
  }

  /** The session is live. */
  live(): void {
    this.#refusals = 0;
  }

  /** A connection on a new channel has taken over. */
  channelLeft(): void {
    this.#reuses = 0;
  }

  /** A connection has ended, whatever follows. @param liveMs how long it was live, in milliseconds */
  ended(liveMs: number): void {
    if (liveMs >= STABLE_AFTER_MS) this.#failures = 0;
  }

  /**
   * Does what the reason of an ending leads to.
   * @param ended.token what it used
   * @param ended.liveMs how long it was live, in milliseconds
   */
  follow(ending: Ending, ended: { readonly token: AccessToken | undefined; readonly liveMs: number }): void {
    const { tokens, enter } = this.#options;
    const wasStable = ended.liveMs >= STABLE_AFTER_MS;
    const recovery = recoveryOf(ending.reason);
    this.#keepChannel = recovery.channel === 'keep';
    switch (recovery.next) {
      case 'stop':
        enter('stopped', ending.reason);
        return;
      case 'await-credentials':
        this.#awaitCredentials(ending);
        return;
      case 'new-token':
        if (ended.token) tokens.invalidate(ended.token);
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

  /** What was to follow later does not follow any more. */
  cancel(): void {
    this.#timers.clear();
    this.#watch?.stop();
  }

  /** At once, the first time: a server that ends one connection after another is not to be hammered. */
  #reconnect(ending: Ending, wasStable: boolean): void {
    if (!wasStable && this.#failures > 0) {
      this.#backOff(ending);
      return;
    }
    if (!wasStable) this.#failures++;
    this.#options.begin();
  }

  #backOff(ending: Ending): void {
    const { backoff, logger, enter, begin } = this.#options;
    this.#failures++;
    const waitMs = backoffDelay(backoff, this.#failures, ending.retryAfterMs);
    logger.info({ waitMs, failures: this.#failures }, 'waiting before the next attempt');
    enter('backing-off', ending.reason);
    this.#timers.later(waitMs, begin);
  }

  /** Stopped but alive: another attempt would be refused the same way, until somebody changes something. */
  #awaitCredentials(ending: Ending): void {
    const { tokens, clock, logger, enter, begin } = this.#options;
    logger.error(
      { reason: ending.reason, detail: ending.detail, recheckSeconds: CREDENTIALS_RECHECK_MS / 1000 },
      'stopped: nothing is received until credentials, permissions or topics are put right; looking again by itself',
    );
    enter('stopped', ending.reason);
    const again = () => {
      this.#refusals = 0;
      begin();
    };
    this.#watch = new CredentialsWatch({ tokens, clock, logger, again });
  }
}
