import { BridgeError } from '../errors.ts';

/** A body that is too large for an event, and where it goes. */
export interface Payload {
  /** What the event carries as `bridge.payloadRef`: an `s3://` or `file://` address, known before it is stored. */
  readonly ref: string;
  /** JSON text. */
  readonly body: string;
}

/** Keeps bodies that are too large for an event. */
export interface PayloadStore {
  /** Where the body of the event with this id will be. */
  refOf(eventId: string): string;
  /**
   * Resolves once the body is kept; storing the same one again does no harm.
   * @throws {BridgeError} it is not known to be kept
   */
  put(payload: Payload): Promise<void>;
}

/** Reads what a `PayloadStore` keeps. */
export interface PayloadSource {
  /**
   * The body at an address that `refOf` gave.
   * @throws {BridgeError} it could not be read, or is not of this store
   */
  read(ref: string): Promise<string>;
}

/** A payload could not be kept or read (a full disk, no permission, no answer). */
export class PayloadStoreError extends BridgeError {
  readonly code = 'PayloadStoreFailed';
  readonly canRetry = true;
}
