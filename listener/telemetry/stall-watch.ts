import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import type { Metrics } from './metrics.ts';

const LOOK_EVERY_MS = 1_000;
/** How much later than due a timer is that tells of a process which stood still. Milliseconds. */
const STALL_MS = 2_000;

export interface StallWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Notices afterwards that the process stood still: too much work in one piece, no CPU, or stopped from outside.
 * Meanwhile heartbeats went unanswered and a lease may have run out; this is what explains them.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #cancel: Cancel = () => {};

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, logger, metrics } = this.#options;
    const dueMs = clock.monotonic() + LOOK_EVERY_MS;
    this.#cancel();
    this.#cancel = clock.after(LOOK_EVERY_MS, () => {
      const lateMs = Math.round(clock.monotonic() - dueMs);
      if (lateMs > STALL_MS) {
        metrics.count('EventLoopStalls');
        logger.warn({ stoodStillMs: lateMs }, 'the process stood still');
      }
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }
}
