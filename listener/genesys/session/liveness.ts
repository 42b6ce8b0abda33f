import type { Cancel, Clock } from '../../clock.ts';

/** Genesys Cloud sends a heartbeat every 30 s; a while without any frame asks for a ping. Milliseconds. */
const PING_AFTER_MS = 33_000;
/** And so long without any frame means that the connection is dead. Milliseconds. */
const DEAD_AFTER_MS = 40_000;

/**
 * Watches that something comes off the socket: asks after 33 s of silence, gives up after 40 s.
 * A frame costs one assignment; the timer looks at the time by itself.
 */
export class LivenessWatch {
  readonly #clock: Clock;
  readonly #ask: () => void;
  readonly #dead: (silentMs: number) => void;
  #lastFrameMs: number;
  #asked = false;
  #cancel: Cancel;

  constructor(clock: Clock, reactions: { ask: () => void; dead: (silentMs: number) => void }) {
    this.#clock = clock;
    this.#ask = reactions.ask;
    this.#dead = reactions.dead;
    this.#lastFrameMs = clock.monotonic();
    this.#cancel = clock.after(PING_AFTER_MS, () => this.#look());
  }

  /** A frame came, of whatever kind. */
  frameReceived(): void {
    this.#lastFrameMs = this.#clock.monotonic();
    this.#asked = false;
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const silentMs = this.#clock.monotonic() - this.#lastFrameMs;
    if (silentMs >= DEAD_AFTER_MS) {
      this.#dead(silentMs);
      return;
    }
    if (silentMs >= PING_AFTER_MS && !this.#asked) {
      this.#asked = true;
      this.#ask();
    }
    const next = silentMs >= PING_AFTER_MS ? DEAD_AFTER_MS : PING_AFTER_MS;
    this.#cancel = this.#clock.after(Math.max(1, next - silentMs), () => this.#look());
  }
}
