import type { KeyPosition } from './checkpoint-store.ts';

/**
 * What was accepted and is neither on the bus nor parked yet, in the order of receipt. The receipt of the oldest is
 * the low-watermark.
 */
export class Unsettled<T extends object> {
  readonly #positions = new Map<T, KeyPosition>();

  /** @param position where its key will stand once it is settled */
  add(item: T, position: KeyPosition): void {
    this.#positions.set(item, position);
  }

  /** @returns where its key stands now; undefined when the item is unknown */
  settle(item: T): KeyPosition | undefined {
    const position = this.#positions.get(item);
    this.#positions.delete(item);
    return position;
  }

  /** When the oldest was received, milliseconds since the Unix epoch; undefined when there is none. */
  get oldestReceivedAt(): number | undefined {
    for (const { receivedAt } of this.#positions.values()) return receivedAt;
    return undefined;
  }

  clear(): void {
    this.#positions.clear();
  }
}
