import type { Clock } from '../clock.ts';

/**
 * Topics that were subscribed to later than the others. What they would have told before is missing in what a listener
 * keeps, and has to be asked for by the one that publishes.
 */
export class AddedTopics {
  readonly #clock: Clock;
  readonly #tell: (from: number) => boolean;
  #addedAt = Number.NEGATIVE_INFINITY;
  #missedFrom: number | undefined;

  /**
   * @param tell has what they may have told since a time be asked for, in milliseconds since the Unix epoch, or knows that
   *   another listener sees to it; false where neither is so now
   */
  constructor(clock: Clock, tell: (from: number) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** What is kept is not all that is subscribed to before this. Milliseconds since the Unix epoch. */
  get addedAt(): number {
    return this.#addedAt;
  }

  /** @param since when they were not there yet, milliseconds since the Unix epoch */
  add(since: number): void {
    this.#addedAt = this.#clock.now();
    this.#missedFrom = Math.min(since, this.#missedFrom ?? since);
    this.tellMissed();
  }

  /** Tells what could not be told so far. */
  tellMissed(): void {
    if (this.#missedFrom !== undefined && this.#tell(this.#missedFrom)) this.#missedFrom = undefined;
  }
}
