import type { Cancel, Clock } from '../listener/clock.ts';

/** Another clock's time, with the timers counted that were set through this one. */
export class WatchedClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, fire: () => void): Cancel {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      fire();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const sleeping = () => undefined;
    this.#timers.add(sleeping);
    try {
      await this.#clock.sleep(ms, signal);
    } finally {
      this.#timers.delete(sleeping);
    }
  }
}
