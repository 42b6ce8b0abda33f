import { setTimeout as delay } from 'node:timers/promises';

/** Cancels what `Clock.after` has scheduled. Calling it twice, or after the callback ran, does nothing. */
export type Cancel = () => void;

/** Time as a dependency, so that tests can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes backwards, unlike `now`. For durations. */
  monotonic(): number;
  /** Calls `fn` once, `ms` milliseconds from now. Does not keep the process alive by itself. */
  after(ms: number, fn: () => void): Cancel;
  /**
   * Resolves after `ms` milliseconds.
   * @throws AbortError when `signal` aborts first
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};
