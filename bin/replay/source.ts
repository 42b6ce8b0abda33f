import type { ParkedRecord } from '../../listener/publish/parked-text.ts';
import type { ParkingReason } from '../../listener/publish/parking.ts';

/** Something parked, as its source hands it out. */
export interface Entry {
  /** As `parkedLine` or `parkedMessage` wrote it. */
  readonly text: string;
}

/** Why a replay has failed, and of what. */
export interface Failure {
  readonly record: ParkedRecord;
  readonly reason: ParkingReason;
}

/** A parking lot that is being emptied. */
export interface ReplaySource<E extends Entry = Entry> {
  /** Where it is, for people. */
  readonly name: string;
  /** Everything that is parked, some at a time. The next batch is asked for when the last is done with or kept. */
  batches(): AsyncIterable<readonly E[]>;
  /** The bus has these. */
  done(entries: readonly E[]): Promise<void>;
  /** This one stays parked: as it is, or with the newest reason. */
  keep(entry: E, failure?: Failure): Promise<void>;
  /** Everything was done with or kept. */
  finish(): Promise<void>;
  /** Lets go of it, also after an error: what was not done with stays parked. */
  close(): Promise<void>;
}
