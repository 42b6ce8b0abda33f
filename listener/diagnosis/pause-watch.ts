import type { Cancel, Clock } from '../clock.ts';

const LOOK_EVERY_MS = 5_000;

/** Notices that the process did not run for a while: a sandbox that was frozen, a machine that was suspended. */
export class PauseWatch {
  readonly #clock: Clock;
  #longestMs = 0;
  #cancel: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The longest time by which a timer was late since the start, in milliseconds. */
  get longestMs(): number {
    return this.#longestMs;
  }

  start(): void {
    this.#cancel();
    this.#longestMs = 0;
    this.#next();
  }

  stop(): void {
    this.#cancel();
  }

  #next(): void {
    const before = { now: this.#clock.now(), monotonic: this.#clock.monotonic() };
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      // While a virtual machine is suspended the monotonic clock may stand still, and the other one jump.
      const tookMs = Math.max(this.#clock.now() - before.now, this.#clock.monotonic() - before.monotonic);
      this.#longestMs = Math.max(this.#longestMs, tookMs - LOOK_EVERY_MS);
      this.#next();
    });
  }
}
