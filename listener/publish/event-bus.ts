import { BridgeError } from '../errors.ts';
import type { Payload } from './payload-store.ts';

/** One entry of a PutEvents request, without the bus (the port knows its own). */
export interface BusEntry {
  readonly source: string;
  readonly detailType: string;
  /** A JSON object as text. */
  readonly detail: string;
  readonly time: Date;
  /** A body that was too large for `detail`, which refers to it. It has to be kept before the entry is sent. */
  readonly payload?: Payload | undefined;
}

/** What the bus said of one entry; same index as the entry in the request. */
export type EntryResult =
  | { readonly accepted: true; readonly busEventId: string }
  | { readonly accepted: false; readonly code: string; readonly message: string };

/** An event bus that takes batches and answers entry by entry. */
export interface EventBus {
  /**
   * Sends one request, once: retrying is the publisher's business.
   * @returns one result for each entry, in order
   * @throws {BusCallError} when the request failed as a whole
   */
  put(entries: readonly BusEntry[]): Promise<readonly EntryResult[]>;
}

/** A PutEvents request that failed as a whole: nothing is known of its entries. */
export class BusCallError extends BridgeError {
  readonly code: string;
  readonly canRetry: boolean;
  /** Milliseconds the service asked to wait, if it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { code: string; canRetry: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.canRetry = options.canRetry;
    this.retryAfterMs = options.retryAfterMs;
  }
}
