import type { WireEntry } from '../../mock/genesys/wire-record.ts';

/** How many published changes are remembered, to know a second delivery when it comes. */
const REMEMBERED = 50_000;

export interface LedgerOutcome {
  /** Changes on the bus, each counted once. */
  readonly published: number;
  /** Changes in the parking lot that are not on the bus. */
  readonly parked: number;
  /** Changes that were put on a socket and are neither on the bus nor parked. */
  readonly lost: number;
  /** Deliveries beyond the first of a change, and deliveries of what no socket carried. */
  readonly duplicates: number;
}

/**
 * Compares what the mock put on sockets with what the bus holds, without asking the bridge.
 * A change may be put on a socket several times, once for each topic that carries it; on the bus it is expected once.
 */
export class Ledger {
  /** Changes that are not on the bus yet, with the frames that carry them. */
  readonly #open = new Map<string, string[]>();
  readonly #changeOfFrame = new Map<string, string>();
  readonly #parked = new Set<string>();
  readonly #publishedLately = new Set<string>();
  #published = 0;
  #duplicates = 0;

  /** A notification was written to a socket. */
  written({ change, topicName, text }: WireEntry): void {
    const key = `${change} ${shapeOf(topicName)}`;
    if (this.#publishedLately.has(key)) return;
    this.#changeOfFrame.set(text, key);
    const frames = this.#open.get(key);
    if (frames) frames.push(text);
    else this.#open.set(key, [text]);
  }

  /** The bus took an event with this detail. */
  taken(detailText: string): void {
    const key = this.#changeOfFrame.get(frameIn(detailText));
    const frames = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || frames === undefined) {
      this.#duplicates++;
      return;
    }
    for (const frame of frames) this.#changeOfFrame.delete(frame);
    this.#open.delete(key);
    this.#parked.delete(key);
    this.#published++;
    this.#publishedLately.add(key);
    for (const oldest of this.#publishedLately) {
      if (this.#publishedLately.size <= REMEMBERED) break;
      this.#publishedLately.delete(oldest);
    }
  }

  /** An event with this detail was parked. */
  parked(detailText: string): void {
    const key = this.#changeOfFrame.get(frameIn(detailText));
    if (key !== undefined) this.#parked.add(key);
  }

  outcome(): LedgerOutcome {
    return {
      published: this.#published,
      parked: this.#parked.size,
      lost: this.#open.size - this.#parked.size,
      duplicates: this.#duplicates,
    };
  }
}

/** The whole conversation and one medium of it are two events of the same change. */
function shapeOf(topicName: string): string {
  const conversations = topicName.indexOf('.conversations');
  return conversations < 0 ? topicName : topicName.slice(conversations);
}

/** The frame as it was received: the bridge adds its members, `timestamp` first, before the last brace. */
function frameIn(detailText: string): string {
  return `${detailText.slice(0, detailText.lastIndexOf(',"timestamp":"'))}}`;
}
