/** How far publishing has come with one ordering key: a conversation's id, or a topic. */
export interface KeyPosition {
  readonly key: string;
  /** The version of the last event that is on the bus or parked. */
  readonly version: number;
  /** The digest of its body (`bodyDigest`). */
  readonly digest: string;
  /** When its frame was received or, if that may have waited to be read, since when; milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** Of a conversation in shape A: the revision of its last snapshot. */
  readonly revision?: string | undefined;
  /** A conversation that has not ended, as far as is known. */
  readonly open: boolean;
}

/** A gap that is not closed: the successor has to. Times are milliseconds since the Unix epoch. */
export interface OpenGap {
  readonly id: string;
  readonly from: number;
  /** Why the connection ended, or `takeover`. */
  readonly reason: string;
  /** When the listener was live again that is closing it; what it has published since may be later than what was kept. */
  readonly until?: number | undefined;
}

/** Everything that a successor needs to go on without a seam. */
export interface Checkpoint {
  /** Everything received before is on the bus or parked. Milliseconds since the Unix epoch. */
  readonly lowWatermark: number;
  readonly positions: ReadonlyMap<string, KeyPosition>;
  /** None unless said. */
  readonly gaps?: readonly OpenGap[] | undefined;
  /** From which version on the term counts, at least; 0 unless said. */
  readonly countFrom?: number | undefined;
}

/** A checkpoint as it is found. */
export interface FoundCheckpoint extends Checkpoint {
  /** Of the term whose positions these are; undefined when they are of none, because the rest could not be read. */
  readonly epoch?: number | undefined;
}

/** What has changed since the last write. */
export interface CheckpointChange {
  readonly lowWatermark: number;
  readonly changed: readonly KeyPosition[];
  /** Keys that are no longer remembered. */
  readonly forgotten: readonly string[];
  /** All that are open now; none unless said. */
  readonly gaps?: readonly OpenGap[] | undefined;
}

/**
 * Keeps one shard's checkpoint. What a term writes is kept apart by its epoch, so that a listener which has lost
 * its lease and doesn't know yet can't spoil what its successor has written.
 */
export interface CheckpointStore {
  /**
   * The checkpoint of the newest term; undefined when there is none, or none that can be read. What is corrupt, or of a later
   * version, is set aside and said in the log; its low-watermark is taken over where it can be told, with the positions of
   * the term before, if any.
   * @throws {BridgeError} the store could not be reached
   */
  load(): Promise<FoundCheckpoint | undefined>;
  /**
   * Writes all of it as the base of a term, in one step, and forgets earlier terms.
   * @throws {BridgeError} it is not known to be kept
   */
  replace(epoch: number, checkpoint: Checkpoint): Promise<void>;
  /**
   * Adds what has changed to the term's base.
   * @throws {BridgeError} it is not known to be kept
   */
  append(epoch: number, change: CheckpointChange): Promise<void>;
}
