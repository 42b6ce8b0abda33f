import type { Cancel, Clock } from '../clock.ts';

const LOOK_EVERY_MS = 5_000;
/** Unless said otherwise. Milliseconds. */
const STUCK_AFTER_MS = 120_000;

/** Watches that work gets done while there is some. */
export class ProgressWatch {
  readonly #clock: Clock;
  readonly #busy: () => boolean;
  readonly #steps: () => number;
  readonly #stuckAfterMs: number;
  #lastSteps = -1;
  #movedAtMs: number;
  #cancel: Cancel | undefined;

  /**
   * @param busy whether there is work to do
   * @param steps a number that grows with every step of work, failed attempts included
   * @param stuckAfterMs so long without a step while there is work means that something hangs, in milliseconds
   */
  constructor(clock: Clock, busy: () => boolean, steps: () => number, stuckAfterMs = STUCK_AFTER_MS) {
    this.#clock = clock;
    this.#busy = busy;
    this.#steps = steps;
    this.#stuckAfterMs = stuckAfterMs;
    this.#movedAtMs = clock.monotonic();
  }

  start(): void {
    this.#look();
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Milliseconds since something last moved; 0 while there is nothing to do. */
  get idleMs(): number {
    this.#look();
    return this.#clock.monotonic() - this.#movedAtMs;
  }

  get stuck(): boolean {
    return this.idleMs >= this.#stuckAfterMs;
  }

  #look(): void {
    const steps = this.#steps();
    if (steps === this.#lastSteps && this.#busy()) return;
    this.#lastSteps = steps;
    this.#movedAtMs = this.#clock.monotonic();
  }
}
