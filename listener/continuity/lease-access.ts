import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { BridgeError, describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { LeaseRecord, LeaseStore } from './lease-store.ts';

/** The store did not answer in time. What it was asked to write may be written, now or later. */
class LeaseStoreSlowError extends BridgeError {
  readonly code = 'LeaseStoreSlow';
  readonly canRetry = true;
}

export interface LeaseAccessOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** How long a call may take, in milliseconds. */
  readonly deadlineMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export type Looked = { readonly ok: true; readonly record: LeaseRecord | undefined } | { readonly ok: false };

export interface Written {
  /** `unknown`: a look at the store tells, by the nonce. */
  readonly outcome: 'written' | 'refused' | 'unknown';
  readonly record: LeaseRecord;
  /** Monotonic time before the write was sent, in milliseconds: a term may count from then on, not from later. */
  readonly sentAt: number;
}

/** Each is based on the same record; one that is forgotten is only not recognised as the own one any more. */
const MOST_UNCERTAIN = 16;

/**
 * The lease's store as a listener uses it: no call hangs, none throws, and a write whose answer was lost is
 * recognised when it shows up after all.
 */
export class LeaseAccess {
  readonly #options: LeaseAccessOptions;
  readonly #uncertain = new Map<string, number>();
  #failing = false;

  constructor(options: LeaseAccessOptions) {
    this.#options = options;
  }

  async read(): Promise<Looked> {
    try {
      const record = await this.#inTime(this.#options.store.read());
      this.#succeeded();
      return { ok: true, record };
    } catch (error) {
      this.#failed(error, 'read');
      return { ok: false };
    }
  }

  /** Writes `next` under a new nonce, in place of the record with `expectedNonce`. */
  async swap(expectedNonce: string | undefined, next: Omit<LeaseRecord, 'nonce'>): Promise<Written> {
    const record: LeaseRecord = { ...next, nonce: randomUUID() };
    const sentAt = this.#options.clock.monotonic();
    this.#uncertain.set(record.nonce, sentAt);
    try {
      const written = await this.#inTime(this.#options.store.swap(expectedNonce, record));
      this.#succeeded();
      // A write that succeeds makes all that came before impossible: they expected a record that is gone.
      if (written) this.#uncertain.clear();
      else this.#uncertain.delete(record.nonce);
      return { outcome: written ? 'written' : 'refused', record, sentAt };
    } catch (error) {
      this.#failed(error, 'write');
      for (const nonce of this.#uncertain.keys()) {
        if (this.#uncertain.size <= MOST_UNCERTAIN) break;
        this.#uncertain.delete(nonce);
      }
      return { outcome: 'unknown', record, sentAt };
    }
  }

  /** When the write with this nonce was sent; undefined when it is not an uncertain one of this listener. */
  sentAt(nonce: string): number | undefined {
    return this.#uncertain.get(nonce);
  }

  async #inTime<T>(call: Promise<T>): Promise<T> {
    const { clock, deadlineMs } = this.#options;
    let cancel = () => {};
    const tooLate = new Promise<never>((_, reject) => {
      cancel = clock.after(deadlineMs, () =>
        reject(new LeaseStoreSlowError(`the store of the lease did not answer within ${deadlineMs} ms`)),
      );
    });
    try {
      return await Promise.race([call, tooLate]);
    } finally {
      cancel();
    }
  }

  /** Once for a row of failures: contenders look twice a second. */
  #failed(error: unknown, what: 'read' | 'write'): void {
    const { logger, metrics } = this.#options;
    metrics.count('LeaseStoreFailures');
    const details = { cause: describeError(error), call: what };
    if (this.#failing) logger.debug(details, 'the store of the lease still fails');
    else logger.warn(details, 'the store of the lease fails');
    this.#failing = true;
  }

  #succeeded(): void {
    if (this.#failing) this.#options.logger.info('the store of the lease answers again');
    this.#failing = false;
  }
}
