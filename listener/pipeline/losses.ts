import type { Clock } from '../clock.ts';
import type { Outcome } from '../publish/books.ts';

/** So long nothing must have been lost before what was is asked for. Milliseconds. */
const CALM_MS = 5_000;

/** And so much of what waited when something was lost must have gone, so that there is room for what is told of it. */
const GONE = 3 / 4;

export interface LossesOptions {
  readonly clock: Clock;
  /** What waits to be published or parked, in bytes. */
  readonly pendingBytes: () => number;
  /**
   * Told when events flow again: since when some were lost, milliseconds since the Unix epoch.
   * @returns whether that is seen to; else it is told again with the next event
   */
  readonly over: (from: number) => boolean;
}

/** Events that were neither published nor parked, until events flow again and what they told can be asked for. */
export class Losses {
  readonly #options: LossesOptions;
  #from: number | undefined;
  #lastAtMs = 0;
  #mostBytes = 0;

  constructor(options: LossesOptions) {
    this.#options = options;
  }

  /** Since when events were lost that nobody has asked for; milliseconds since the Unix epoch, undefined for none. */
  get from(): number | undefined {
    return this.#from;
  }

  /** @param receivedAt milliseconds since the Unix epoch */
  add(receivedAt: number): void {
    this.#from = Math.min(receivedAt, this.#from ?? receivedAt);
    this.#lastAtMs = this.#options.clock.monotonic();
    this.#mostBytes = Math.max(this.#mostBytes, this.#options.pendingBytes());
  }

  /** To be called with the outcome of each event. */
  settled(how: Outcome): void {
    const from = this.#from;
    if (from === undefined || how !== 'published') return;
    const { clock, pendingBytes, over } = this.#options;
    if (clock.monotonic() - this.#lastAtMs < CALM_MS) return;
    if (pendingBytes() > (1 - GONE) * this.#mostBytes) return;
    if (over(from)) this.clear();
  }

  /** Another listener has published since, from before they were lost on. */
  clear(): void {
    this.#from = undefined;
    this.#mostBytes = 0;
  }
}
