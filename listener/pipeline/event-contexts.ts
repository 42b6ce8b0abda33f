import type { ReceiptContext } from '../contract/assemble.ts';
import { formatSequence } from '../contract/identity.ts';
import type { DialectName } from '../genesys/session/dialect.ts';

/** What every event says of where it was made, its place in the order of the shard included. */
export type EventContext = Omit<ReceiptContext, 'digest' | 'laterByMs'>;

/** Gives each event its place: the epoch of the term, and a number within it. */
export class EventContexts {
  readonly #shard: string;
  readonly #dialect: DialectName;
  #epoch = 0;
  #counter = 0;

  constructor({ shard, dialect }: { readonly shard: string; readonly dialect: DialectName }) {
    this.#shard = shard;
    this.#dialect = dialect;
  }

  /** @param epoch of the term; sequences of a later term are greater */
  beginTerm(epoch: number): void {
    this.#epoch = epoch;
    this.#counter = 0;
  }

  /**
   * The next place.
   * @param receivedAt milliseconds since the Unix epoch
   */
  next(receivedAt: number): EventContext {
    this.#counter++;
    const sequence = formatSequence(this.#epoch, this.#counter);
    return { receivedAt: new Date(receivedAt), shard: this.#shard, dialect: this.#dialect, sequence };
  }
}
