import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import type { Metrics } from './metrics.ts';

const LOOK_EVERY_MS = 500;
/** How much later than due a timer is that tells of a process which stood still. Milliseconds. */
const STALL_MS = 1_000;
/** A process that stood still for longer is sure to have been noticed. Milliseconds. */
export const UNNOTICED_STALL_MS = LOOK_EVERY_MS + STALL_MS;

export interface StallWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of each. @param since when it was last known to run, milliseconds since the Unix epoch */
  readonly stalled?: (since: number) => void;
}

/**
 * Notices afterwards that the process stood still: too much work in one piece, no CPU, or stopped from outside.
 * Meanwhile heartbeats went unanswered, frames were not read, and a lease may have run out; this is what explains them.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #cancel: Cancel = () => {};
  #dueMs: number | undefined;

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    this.#dueMs = clock.monotonic() + LOOK_EVERY_MS;
    this.#cancel();
    this.#cancel = clock.after(LOOK_EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  /** Looks at once: what comes off a socket may come before the timer that is overdue. */
  look(): void {
    const { clock, logger, metrics, stalled } = this.#options;
    if (this.#dueMs === undefined) return;
    const lateMs = clock.monotonic() - this.#dueMs;
    if (lateMs <= STALL_MS) return;
    metrics.count('EventLoopStalls');
    logger.warn({ stoodStillMs: Math.round(lateMs) }, 'the process stood still');
    this.start();
    stalled?.(clock.now() - lateMs - LOOK_EVERY_MS);
  }

  stop(): void {
    this.#cancel();
    this.#dueMs = undefined;
  }
}
