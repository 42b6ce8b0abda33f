import type { Checkpoint } from './checkpoint-store.ts';
import type { GapWork } from './gaps/gap-work.ts';

/** What a successor knows of the time before its term. */
export interface Knowledge {
  /** From when on it had all that came, milliseconds since the Unix epoch. */
  readonly completeSince: number;
  /**
   * From which version to go on once what was kept is accepted; undefined where the predecessor can't have told more than
   * this listener knows of.
   */
  readonly skipTo: number | undefined;
}

/** What a listener does as long as it is the one that publishes. */
export interface TenureWork extends GapWork {
  /**
   * Begins to publish.
   * @param epoch of the term
   */
  takeOver(epoch: number, checkpoint: Checkpoint | undefined, knowledge: Knowledge): void;
  /** Publishes again, in a new term, where the last one was this listener's, too: nothing has to be found out. */
  goOn(epoch: number): void;
  /** Publishes nothing that comes from now on. */
  standDown(): void;
  /** What was accepted in a term that is lost says from now on nothing of how far publishing has come. */
  disown(): void;
  /**
   * Resolves when nothing that was received before waits any more to be accepted, or after a minute, though something does; undefined when nothing does.
   */
  caughtUp(): Promise<void> | undefined;
  /** Waits for what was accepted to be on the bus or parked. @returns whether it is */
  settle(deadlineMs: number): Promise<boolean>;
  /** Parks what was accepted and is not on the bus. */
  abandon(code: string, message: string): void;
  /** From when on all that came is kept or was published, milliseconds since the Unix epoch; undefined: all ever was. */
  readonly keptSince: number | undefined;
  /** Whether what was sent may have waited, and still wait, to be read. */
  readonly isBehind: boolean;
  /** From when on nothing has waited so, milliseconds since the Unix epoch; undefined: nothing ever has. */
  readonly promptSince: number | undefined;
  /** When something last came off the socket, milliseconds since the Unix epoch. */
  readonly lastSignAt: number | undefined;
}
