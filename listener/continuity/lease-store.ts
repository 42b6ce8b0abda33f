/**
 * Where a lease stands.
 * `held`: by a listener that is live. `offered`: its holder would rather have another one take it.
 * `claimed`: another one is about to, as soon as the holder has let go. `released`: nobody has it.
 */
export type LeaseState = 'held' | 'offered' | 'claimed' | 'released';

/** The lease of a shard: whoever holds it, and nobody else, publishes. */
export interface LeaseRecord {
  /** Which listener. */
  readonly holder: string;
  /** The term: higher than every one before, also when clocks jump. Milliseconds since the Unix epoch, or more. */
  readonly epoch: number;
  /** New with every write: a contender that sees the same one for a lease's time may take over. */
  readonly nonce: string;
  readonly state: LeaseState;
  /** Which listener has claimed it. */
  readonly claimant?: string | undefined;
}

/** Keeps one shard's lease. */
export interface LeaseStore {
  /**
   * The lease, as last written by anyone; undefined when there never was one.
   * @throws {BridgeError} it could not be read
   */
  read(): Promise<LeaseRecord | undefined>;
  /**
   * Writes a lease in place of the one with this nonce (undefined: of none), in one step.
   * @returns false when another one stands there by now; nothing is written then
   * @throws {BridgeError} it is not known whether it was written
   */
  swap(expectedNonce: string | undefined, next: LeaseRecord): Promise<boolean>;
}
