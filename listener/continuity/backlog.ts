import type { Clock } from '../clock.ts';
import { earliestReceipt, type KeptFrame } from './frame-keeper.ts';

/** What may wait, in characters; beyond it the oldest goes on, whether there is room or not. */
const MOST_CHARACTERS = 24 * 1024 * 1024;

/** A frame that was kept, and what is to be done with it. */
export interface BacklogItem {
  readonly kept: KeptFrame;
  readonly run: () => void;
}

/**
 * What a successor has kept, on its way to the publisher no faster than there is room: a minute of frames at once
 * would crowd each other out. What comes meanwhile goes behind it.
 */
export class Backlog {
  readonly #clock: Clock;
  readonly #hasRoom: () => boolean;
  #items: BacklogItem[] = [];
  #first = 0;
  #characters = 0;
  #pumping = false;
  readonly #onEmpty = new Set<() => void>();

  constructor(clock: Clock, hasRoom: () => boolean) {
    this.#clock = clock;
    this.#hasRoom = hasRoom;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** Milliseconds since the Unix epoch; undefined when nothing waits. */
  get oldestReceivedAt(): number | undefined {
    const kept = this.#items[this.#first]?.kept;
    return kept && earliestReceipt(kept);
  }

  add(item: BacklogItem): void {
    this.#items.push(item);
    this.#characters += item.kept.received.data.length;
  }

  /** To be called whenever there may be room again. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.size > 0 && (this.#hasRoom() || this.#characters > MOST_CHARACTERS)) this.#next();
    this.#pumping = false;
    if (this.size === 0) this.#tellEmpty();
  }

  /** Lets everything go on at once. */
  flush(): void {
    while (this.size > 0) this.#next();
    this.#tellEmpty();
  }

  /** Gives back what has not gone on. */
  takeAll(): BacklogItem[] {
    const left = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    this.#characters = 0;
    this.#tellEmpty();
    return left;
  }

  /** Resolves when nothing waits any more, or after `ms` milliseconds. */
  async emptied(ms: number): Promise<void> {
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(ms, () => done());
      const done = () => {
        cancel();
        this.#onEmpty.delete(done);
        resolve();
      };
      this.#onEmpty.add(done);
    });
  }

  #tellEmpty(): void {
    for (const emptied of this.#onEmpty) emptied();
  }

  #next(): void {
    const item = this.#items[this.#first];
    if (item === undefined) return;
    this.#first++;
    this.#characters -= item.kept.received.data.length;
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    }
    item.run();
  }
}
