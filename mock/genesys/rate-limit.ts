import type { Clock } from '../../listener/clock.ts';
import { tooManyRequests } from './api-error.ts';

const WINDOW_MS = 60_000;

/** So many requests a minute for each key, in windows that begin with the first request. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #windows = new Map<string, { start: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws ApiError 429 with Retry-After when `perMinute` is reached; 0 means no limit */
  take(key: string, perMinute: number): void {
    if (perMinute === 0) return;
    const now = this.#clock.monotonic();
    let window = this.#windows.get(key);
    if (!window || now - window.start >= WINDOW_MS) {
      window = { start: now, count: 0 };
      this.#windows.set(key, window);
    }
    if (window.count >= perMinute) {
      throw tooManyRequests(Math.max(1, Math.ceil((window.start + WINDOW_MS - now) / 1000)));
    }
    window.count += 1;
  }
}
