/**
 * How many requests may be in flight: additive increase, multiplicative decrease.
 *
 * A bus that throttles gets half as many requests at a time; each request it takes earns a little back,
 * one more slot for a full round of them. Requests sent before the last decrease don't cause another:
 * they were throttled by the same overload.
 */
export class RequestLimit {
  readonly #max: number;
  #limit: number;
  #decreases = 0;

  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  /** Whole requests, 1 or more. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** To be remembered when a request is sent and handed to `throttled` when it is refused. */
  get ticket(): number {
    return this.#decreases;
  }

  throttled(ticket: number): void {
    if (ticket !== this.#decreases) return;
    this.#decreases += 1;
    this.#limit = Math.max(1, this.#limit / 2);
  }

  succeeded(): void {
    this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
  }
}
