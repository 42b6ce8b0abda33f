import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How long the source may be paused, in milliseconds: well below what its peer takes for a dead connection. */
const LONGEST_PAUSE_MS = 10_000;
const PAUSE_AT = 0.5;
const RESUME_AT = 0.25;

export interface BackpressureOptions {
  readonly clock: Clock;
  /** What waits to be published or parked at present, in bytes. */
  readonly pendingBytes: () => number;
  readonly maxPendingBytes: number;
  /** Stops reading from the source. */
  readonly pause: () => void;
  /** Reads on. */
  readonly resume: () => void;
  /** Whether the source can do without being read now; always unless said. */
  readonly mayPause?: () => boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Pauses the source when half of the buffer is full, until it is down to a quarter or 10 s are over.
 * After a pause that brought no relief the source flows: parking takes over, and there is no other pause
 * before the buffer has once been down to a quarter.
 */
export class Backpressure {
  readonly #options: BackpressureOptions;
  #phase: 'flowing' | 'paused' | 'spent' | 'closed' = 'flowing';
  #cancelPause: Cancel | undefined;

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  get isPaused(): boolean {
    return this.#phase === 'paused';
  }

  /** To be called after each change of what waits. Cheap. */
  changed(): void {
    const { pendingBytes, maxPendingBytes, mayPause = () => true } = this.#options;
    const share = pendingBytes() / maxPendingBytes;
    if (this.#phase === 'flowing') {
      if (share >= PAUSE_AT && mayPause()) this.#pause(share);
    } else if (this.#phase !== 'closed' && share <= RESUME_AT) {
      this.#end('flowing');
    }
  }

  /** The source has to be read on though there is no relief: what has no room is parked. */
  relent(): void {
    if (this.#phase !== 'paused') return;
    this.#options.logger.warn({}, 'the socket has to be read on, and what has no room is parked');
    this.#end('spent');
  }

  /** Reads on if it is paused; no pause comes after. */
  close(): void {
    this.#end('closed');
  }

  #pause(share: number): void {
    const { clock, metrics, logger, pause } = this.#options;
    this.#phase = 'paused';
    metrics.count('SocketPauses');
    logger.warn({ full: share }, 'too much waits to be published: the socket is paused');
    this.#cancelPause = clock.after(LONGEST_PAUSE_MS, () => {
      logger.warn({}, 'the pause brought no relief: the socket is read on, and what has no room is parked');
      this.#end('spent');
    });
    pause();
  }

  #end(next: 'flowing' | 'spent' | 'closed'): void {
    const wasPaused = this.#phase === 'paused';
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#phase = next;
    if (wasPaused) this.#options.resume();
  }
}
