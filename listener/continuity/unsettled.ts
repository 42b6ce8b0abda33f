import type { KeyPosition } from './checkpoint-store.ts';

interface Entry {
  readonly receivedAt: number;
  /** Where its key stands once it is settled; undefined for what has no key. */
  position: KeyPosition | undefined;
  settled: boolean;
  /** What is lost moves no key's position: nobody has it. */
  lost?: boolean;
}

/**
 * What was accepted and is neither on the bus nor parked yet. The receipt of the oldest is the low-watermark.
 *
 * A key's position moves on only past what is settled without a hole: an event that waits to be parked must not be
 * hidden by a later one of its key that is on the bus already.
 */
export class Unsettled<T extends object> {
  readonly #entries = new Map<T, Entry>();
  /** Of each key what is not settled, and what was settled behind that, in the order of acceptance. */
  readonly #keys = new Map<string, Entry[]>();

  /** @param position where its key will stand once it is settled */
  add(item: T, position: KeyPosition): void {
    const entry = { receivedAt: position.receivedAt, position, settled: false };
    this.#entries.set(item, entry);
    const lane = this.#keys.get(position.key);
    if (lane) lane.push(entry);
    else this.#keys.set(position.key, [entry]);
  }

  /**
   * Adds what moves no key's position, such as a frame that is parked.
   * @param receivedAt milliseconds since the Unix epoch
   */
  addKeyless(item: T, receivedAt: number): void {
    this.#entries.set(item, { receivedAt, position: undefined, settled: false });
  }

  /**
   * @param lost it is neither on the bus nor parked, and never will be
   * @returns where its key stands now; undefined when it stands where it stood, or the item is unknown
   */
  settle(item: T, lost = false): KeyPosition | undefined {
    const entry = this.#entries.get(item);
    if (entry === undefined) return undefined;
    this.#entries.delete(item);
    entry.settled = true;
    entry.lost = lost;
    return entry.position && this.#advance(entry.position.key);
  }

  /** From now on nothing that is here moves a key's position: another listener may have come further with it. */
  disown(): void {
    for (const entry of this.#entries.values()) entry.position = undefined;
    this.#keys.clear();
  }

  /** When the oldest was received, milliseconds since the Unix epoch; undefined when there is none. */
  get oldestReceivedAt(): number | undefined {
    let oldest: number | undefined;
    // All are looked at: what a second connection had kept back is accepted later than it was received.
    for (const { receivedAt } of this.#entries.values())
      if (oldest === undefined || receivedAt < oldest) oldest = receivedAt;
    return oldest;
  }

  #advance(key: string): KeyPosition | undefined {
    const lane = this.#keys.get(key) ?? [];
    let reached: KeyPosition | undefined;
    for (let head = lane[0]; head?.settled; head = lane[0]) {
      if (!head.lost) reached = head.position;
      lane.shift();
    }
    if (lane.length === 0) this.#keys.delete(key);
    return reached;
  }
}
