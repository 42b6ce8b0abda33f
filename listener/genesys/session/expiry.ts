import type { Clock } from '../../clock.ts';
import type { AccessToken, TokenSource } from '../oauth.ts';
import type { Connection } from './dialect.ts';
import type { Ending } from './end-reason.ts';
import { Timers } from './timers.ts';

/** A channel is left this long before it expires, or a fifth of its life if that is less. Milliseconds. */
const LEAVE_BEFORE_EXPIRY_MS = 10 * 60_000;
const LEAVE_BEFORE_EXPIRY_FRACTION = 0.2;

export interface ExpiryOptions {
  readonly tokens: Pick<TokenSource, 'renewalInMs'>;
  readonly clock: Clock;
  /** Told when the connection should be replaced, once for the token and once for the channel. */
  readonly due: (ending: Ending) => void;
}

/** Foresees the end of a connection that works: its token and its channel live for so long and no longer. */
export class Expiry {
  readonly #options: ExpiryOptions;
  readonly #timers: Timers;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  start({ expiresAtMs }: Pick<Connection, 'expiresAtMs'>, token: AccessToken): void {
    const { tokens, clock, due } = this.#options;
    this.#timers.later(tokens.renewalInMs(token), () =>
      due({
        reason: 'token-expiring',
        detail: 'the token reached the fraction of its life at which it is renewed',
      }),
    );
    if (expiresAtMs === undefined) return;
    const leftMs = expiresAtMs - clock.monotonic();
    const marginMs = Math.min(LEAVE_BEFORE_EXPIRY_MS, leftMs * LEAVE_BEFORE_EXPIRY_FRACTION);
    this.#timers.later(leftMs - marginMs, () =>
      due({ reason: 'channel-expiring', detail: `the channel ends in ${Math.round(marginMs / 1000)} s` }),
    );
  }

  stop(): void {
    this.#timers.clear();
  }
}
