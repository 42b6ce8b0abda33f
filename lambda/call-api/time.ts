import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance as a dependency, so that tests can rule them. */
export interface Time {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds from an arbitrary start; for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
  /** 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

export const systemTime: Time = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => delay(ms),
  random: () => Math.random(),
};
