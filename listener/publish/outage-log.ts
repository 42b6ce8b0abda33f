import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';

/** How long one kind of trouble is logged once only, in milliseconds. */
const QUIET_MS = 30_000;

/** Far above the number of error codes there are; bounds the memory if a peer makes codes up. */
const MAX_CODES = 100;

interface Trouble {
  quietUntilMs: number;
  /** How often it came since it was last logged. */
  unlogged: number;
}

/**
 * Logs trouble that may come thousands of times a second: for each code the first time at once,
 * then at most once in 30 s with the number of times it came. Metrics count every one.
 */
export class OutageLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #troubles = new Map<string, Trouble>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  report(level: 'warn' | 'error', message: string, code: string, details: Record<string, unknown>): void {
    const key = `${code} ${message}`;
    const nowMs = this.#clock.monotonic();
    const known = this.#troubles.get(key);
    if (known !== undefined && nowMs < known.quietUntilMs) {
      known.unlogged += 1;
      return;
    }
    if (known === undefined && this.#troubles.size >= MAX_CODES) this.#troubles.clear();
    this.#troubles.set(key, { quietUntilMs: nowMs + QUIET_MS, unlogged: 0 });
    this.#logger[level]({ code, ...details, times: 1 + (known?.unlogged ?? 0) }, message);
  }
}
