import type { Clock } from '../clock.ts';
import type { LeaseRecord } from './lease-store.ts';

export interface LeaseSightOptions {
  readonly clock: Clock;
  readonly holderId: string;
  /** Whether a record with this nonce is one whose writing by this listener was not answered. */
  readonly mayHaveWritten: (nonce: string) => boolean;
}

/** What a listener has seen of the lease, and since when. */
export class LeaseSight {
  readonly #clock: Clock;
  readonly #holderId: string;
  readonly #mayHaveWritten: (nonce: string) => boolean;
  readonly #waiting = new Set<() => void>();
  #latest: LeaseRecord | undefined;
  #unchangedSince: number;
  #everSeen = false;

  constructor(options: LeaseSightOptions) {
    this.#clock = options.clock;
    this.#holderId = options.holderId;
    this.#mayHaveWritten = options.mayHaveWritten;
    this.#unchangedSince = options.clock.monotonic();
  }

  /** Whether there ever was a record. */
  get everSeen(): boolean {
    return this.#everSeen;
  }

  /** How long the holder has given no sign of life, by this listener's own monotonic clock, in milliseconds. */
  get unchangedMs(): number {
    return this.#clock.monotonic() - this.#unchangedSince;
  }

  /** Whether another listener holds the lease, as far as is known. */
  get isAnothers(): boolean {
    return (
      this.#latest !== undefined &&
      this.#latest.holder !== this.#holderId &&
      this.#latest.state !== 'released'
    );
  }

  /**
   * Takes note of what stands in the store.
   * @param ownClaim it is a claim that this listener has written: no sign of life of the holder. Looked for among the
   * writes that were not answered, unless said
   */
  see(record: LeaseRecord | undefined, ownClaim = this.#isOwnClaim(record)): void {
    const isSign = record?.nonce !== this.#latest?.nonce && !ownClaim;
    if (isSign) this.#unchangedSince = this.#clock.monotonic();
    this.#latest = record;
    this.#everSeen ||= record !== undefined;
    if (isSign && this.isAnothers) this.tellAll();
  }

  /**
   * Resolves with true once another listener holds the lease and gives a sign of life, with false after `ms` milliseconds. What was
   * seen before is none: it may have died since.
   */
  anothers(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#waiting.delete(done);
        resolve(this.isAnothers);
      };
      const cancel = this.#clock.after(ms, done);
      this.#waiting.add(done);
    });
  }

  /** Whoever waits is told how it stands now. */
  tellAll(): void {
    for (const done of this.#waiting) done();
  }

  #isOwnClaim(record: LeaseRecord | undefined): boolean {
    return record !== undefined && record.holder !== this.#holderId && this.#mayHaveWritten(record.nonce);
  }
}
