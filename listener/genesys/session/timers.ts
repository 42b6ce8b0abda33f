import type { Cancel, Clock } from '../../clock.ts';

/** What is to happen later, unless something comes between. */
export class Timers {
  readonly #clock: Clock;
  #cancels: Cancel[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ms milliseconds; what is past is due at once */
  later(ms: number, fn: () => void): void {
    this.#cancels.push(this.#clock.after(Math.max(0, ms), fn));
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}
