import type { Clock } from '../../clock.ts';

export interface ReadingOptions {
  readonly clock: Clock;
  /** Resolves with the answer to a ping, behind which nothing is unread that was sent before. */
  readonly answered: () => Promise<void>;
  /** All that had waited to be read has been. */
  readonly caughtUp: () => void;
}

/** How far what a connection was sent has been read: after a standstill there may be a heap to catch up with. */
export class Reading {
  readonly #options: ReadingOptions;
  #lastSignAt: number | undefined;
  /** What was sent since then may be unread: the socket, or the process, stood still. Milliseconds since the Unix epoch. */
  #unreadSince: number | undefined;
  #standstills = 0;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /**
   * When the last sign of life came, milliseconds since the Unix epoch. What was sent before has come: after a
   * standstill this moves on only when all that has piled up was read.
   */
  get lastSignAt(): number | undefined {
    return this.#unreadSince ?? this.#lastSignAt;
  }

  /** Set while what comes may have waited to be read: not sent before then. Milliseconds since the Unix epoch. */
  get unreadSince(): number | undefined {
    return this.#unreadSince;
  }

  /** A frame came, or another sign of life. @param at milliseconds since the Unix epoch */
  sign(at: number): void {
    this.#lastSignAt = at;
  }

  /** Nothing is read from now on. */
  stopped(): void {
    this.stoodStill(this.#lastSignAt ?? this.#options.clock.now());
  }

  /** Nothing was read for a while. @param since milliseconds since the Unix epoch */
  stoodStill(since: number): void {
    this.#standstills++;
    this.#unreadSince ??= since;
  }

  /** It is read again: the answer to a ping comes behind everything that was sent before. */
  async catchUp(): Promise<void> {
    const standstills = this.#standstills;
    const resumedAt = this.#options.clock.now();
    await this.#options.answered();
    if (standstills === this.#standstills) {
      this.#unreadSince = undefined;
      this.#options.caughtUp();
    } else if (this.#unreadSince !== undefined) this.#unreadSince = Math.max(this.#unreadSince, resumedAt);
  }
}
