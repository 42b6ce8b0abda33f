import type { Clock } from '../../listener/clock.ts';

/** The time that the servers of Genesys Cloud believe it is: the clock's, unless they are made to differ. */
export class ServerTime {
  readonly #clock: Clock;
  /** How far the servers are ahead of the clock, in milliseconds. */
  skewMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return this.#clock.now() + this.skewMs;
  }

  /** Whole seconds since the Unix epoch, as JWTs have it. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
