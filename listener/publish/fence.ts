import type { Cancel, Clock } from '../clock.ts';

/** How soon a fence is tried again, in milliseconds: a fraction of what taking a lease takes. */
const RETRY_MS = 100;

/**
 * The time for which nothing may be sent, because another listener may hold the lease.
 * Events don't grow old meanwhile: when the lease comes back they are sent, not parked for their age.
 */
export class Fence {
  readonly #clock: Clock;
  readonly #tryAgain: () => void;
  #downSinceMs: number | undefined;
  #downMs = 0;
  #cancelRetry: Cancel | undefined;

  /** @param tryAgain called when a request should be tried to see whether the fence is still down */
  constructor(clock: Clock, tryAgain: () => void) {
    this.#clock = clock;
    this.#tryAgain = tryAgain;
  }

  /** The monotonic clock without the time for which the fence was down, in milliseconds. */
  now(): number {
    const monotonicMs = this.#clock.monotonic();
    const downNowMs = this.#downSinceMs === undefined ? 0 : monotonicMs - this.#downSinceMs;
    return monotonicMs - this.#downMs - downNowMs;
  }

  /** Whether it is down and was tried just now. */
  get isWaiting(): boolean {
    return this.#cancelRetry !== undefined;
  }

  /** A request was refused for want of the lease. */
  refused(): void {
    this.#downSinceMs ??= this.#clock.monotonic();
    this.#cancelRetry ??= this.#clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.#tryAgain();
    });
  }

  /** A request went through to the bus. */
  passed(): void {
    if (this.#downSinceMs === undefined) return;
    this.#downMs += this.#clock.monotonic() - this.#downSinceMs;
    this.#downSinceMs = undefined;
    this.close();
  }

  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}
