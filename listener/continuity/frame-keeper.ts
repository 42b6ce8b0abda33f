import type { Clock } from '../clock.ts';
import type { NotificationFrame } from '../contract/frame.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import type { Source } from '../genesys/session/source.ts';

/** A standby keeps this much: far more than a takeover takes. Milliseconds. */
const KEEP_MS = 60_000;
/** And no more than this, in characters: with what is parsed of them it takes several times as much memory. */
const MOST_CHARACTERS = 24 * 1024 * 1024;

export interface KeptNotification {
  readonly kind: 'notification';
  readonly frame: NotificationFrame;
  readonly received: ReceivedFrame;
  readonly source: Source;
}

/** A frame that nothing can be made of, and why. */
export interface KeptRefusal {
  readonly kind: 'refused';
  readonly received: ReceivedFrame;
  readonly code: string;
  readonly detail: string;
}

export type KeptFrame = KeptNotification | KeptRefusal;

/** When it was received or, if it may have waited to be read, since when; milliseconds since the Unix epoch. */
export function earliestReceipt(kept: KeptFrame): number {
  const { receivedAt } = kept.received;
  const { unreadSince = receivedAt } = kept.kind === 'notification' ? kept.source : {};
  return Math.min(unreadSince, receivedAt);
}

/** The last minute of what a listener received and did not publish, because another one does. */
export class FrameKeeper {
  readonly #clock: Clock;
  readonly #passed: (kept: KeptFrame) => void;
  #kept: KeptFrame[] = [];
  #first = 0;
  #characters = 0;
  #completeSince: number | undefined;

  /** @param passed told of each frame that is no longer kept */
  constructor(clock: Clock, passed: (kept: KeptFrame) => void) {
    this.#clock = clock;
    this.#passed = passed;
  }

  get size(): number {
    return this.#kept.length - this.#first;
  }

  /**
   * From when on all that came is kept, milliseconds since the Unix epoch; undefined when all ever was, since the
   * last `takeAll`.
   */
  get completeSince(): number | undefined {
    return this.#completeSince;
  }

  add(kept: KeptFrame): void {
    this.#kept.push(kept);
    this.#characters += kept.received.data.length;
    const before = this.#clock.monotonic() - KEEP_MS;
    for (let oldest = this.#kept[this.#first]; oldest; oldest = this.#kept[this.#first]) {
      if (oldest.received.receivedAtMs >= before && this.#characters <= MOST_CHARACTERS) break;
      this.#first++;
      this.#characters -= oldest.received.data.length;
      this.#completeSince = oldest.received.receivedAt;
      this.#passed(oldest);
    }
    // Cut in large slices: shifting one by one would cost as much as it keeps.
    if (this.#first > 1000 && this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Hands over what is kept, in the order of receipt, and begins anew. */
  takeAll(): KeptFrame[] {
    const all = this.#kept.slice(this.#first);
    this.#kept = [];
    this.#first = 0;
    this.#characters = 0;
    this.#completeSince = undefined;
    return all;
  }
}
