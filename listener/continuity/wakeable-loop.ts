import type { Clock } from '../clock.ts';

/** Makes one move after another, each after a pause that can be cut short. Two moves never overlap. */
export class WakeableLoop {
  readonly #clock: Clock;
  readonly #move: () => Promise<number | 'end'>;
  #woken = false;
  #cutShort: () => void = () => {};

  /** @param move makes a move. Resolves with how long to pause after it, in milliseconds, or with the end. */
  constructor(clock: Clock, move: () => Promise<number | 'end'>) {
    this.#clock = clock;
    this.#move = move;
  }

  /** Resolves at the end. Rejects with what a move throws. */
  async run(): Promise<void> {
    for (;;) {
      this.#woken = false;
      const pauseMs = await this.#move();
      if (pauseMs === 'end') return;
      if (!this.#woken && pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  /** The next move comes at once, or right after the one that is under way. */
  wake(): void {
    this.#woken = true;
    this.#cutShort();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#cutShort = () => {
        cancel();
        resolve();
      };
    });
    this.#cutShort = () => {};
  }
}
