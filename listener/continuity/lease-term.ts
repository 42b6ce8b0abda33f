import type { Cancel, Clock } from '../clock.ts';

export interface LeaseTermOptions {
  readonly epoch: number;
  readonly nonce: string;
  /** Monotonic time before the write was sent, in milliseconds. */
  readonly sentAt: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Called once, when the term has run out and was not ended before. */
  onRunOut(): void;
}

/** A term of this listener: from taking the lease until it is released, lost, or not renewed in time. */
export class LeaseTerm {
  readonly epoch: number;
  /** Of the record, as last seen in the store. */
  nonce: string;
  /** The listener that waits for the lease. */
  claimant: string | undefined;
  readonly #options: LeaseTermOptions;
  #validUntil: number;
  #cancel: Cancel = () => {};

  constructor(options: LeaseTermOptions) {
    this.#options = options;
    this.epoch = options.epoch;
    this.nonce = options.nonce;
    this.#validUntil = options.sentAt + options.leaseMs;
    this.#watch();
  }

  /** Computed from the clock: false at once in a process that was stalled. */
  get isValid(): boolean {
    return this.#options.clock.monotonic() < this.#validUntil;
  }

  /**
   * The store holds a record that was sent then.
   * @returns false when the term had run out before: it stays over
   */
  renewed(nonce: string, sentAt: number): boolean {
    if (!this.isValid) return false;
    this.nonce = nonce;
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#options.leaseMs);
    this.#watch();
    return true;
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#cancel();
  }

  #watch(): void {
    const { clock, onRunOut } = this.#options;
    this.#cancel();
    this.#cancel = clock.after(Math.ceil(this.#validUntil - clock.monotonic()), () => {
      if (this.isValid) this.#watch();
      else onRunOut();
    });
  }
}
