import type { Cancel, Clock } from '../../clock.ts';
import type { LivenessTiming } from './dialect.ts';

/**
 * Watches that something comes off the socket: asks after some silence, gives up after more.
 * A sign of life costs one assignment; the timer looks at the time by itself.
 */
export class LivenessWatch {
  readonly #clock: Clock;
  readonly #timing: LivenessTiming;
  readonly #ask: () => void;
  readonly #dead: (silentMs: number) => void;
  #lastSignMs: number;
  #asked = false;
  #cancel: Cancel;

  constructor(
    clock: Clock,
    timing: LivenessTiming,
    reactions: { ask: () => void; dead: (silentMs: number) => void },
  ) {
    this.#clock = clock;
    this.#timing = timing;
    this.#ask = reactions.ask;
    this.#dead = reactions.dead;
    this.#lastSignMs = clock.monotonic();
    this.#cancel = clock.after(timing.askAfterMs, () => this.#look());
  }

  /** A frame came, of whatever kind, or what the dialect takes for as good. */
  alive(): void {
    this.#lastSignMs = this.#clock.monotonic();
    this.#asked = false;
  }

  /** Silence has a reason of our own until `resume`. */
  suspend(): void {
    this.#cancel();
  }

  resume(): void {
    this.#cancel();
    this.alive();
    this.#cancel = this.#clock.after(this.#timing.askAfterMs, () => this.#look());
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const { askAfterMs, deadAfterMs } = this.#timing;
    const silentMs = this.#clock.monotonic() - this.#lastSignMs;
    if (silentMs >= deadAfterMs) {
      this.#dead(silentMs);
      return;
    }
    if (silentMs >= askAfterMs && !this.#asked) {
      this.#asked = true;
      this.#ask();
    }
    const next = silentMs >= askAfterMs ? deadAfterMs : askAfterMs;
    this.#cancel = this.#clock.after(Math.max(1, next - silentMs), () => this.#look());
  }
}
