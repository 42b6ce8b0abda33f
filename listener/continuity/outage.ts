import type { Cancel, Clock } from '../clock.ts';
import type { GapReason } from './gaps/gap.ts';

/** Clocks of two hosts differ, and what was just sent when a socket broke may not have arrived. Milliseconds. */
export const MARGIN_MS = 2_000;
/** How long a connection may be gone before it is told as a gap: a standby may step in. Milliseconds. */
const STEP_IN_MS = 3_000;

/** A connection that was lost, as a gap would have it. */
export interface LostConnection {
  /** Since when it may have brought nothing, milliseconds since the Unix epoch. */
  readonly from: number;
  readonly reason: GapReason;
}

/** A connection that is gone, before it is told as a gap; there is one at a time, or none. */
export class Outage {
  readonly #clock: Clock;
  readonly #lasted: () => void;
  #lost: LostConnection | undefined;
  #cancel: Cancel = () => undefined;

  /** @param lasted called when one has lasted so long that it had better be told */
  constructor(clock: Clock, lasted: () => void) {
    this.#clock = clock;
    this.#lasted = lasted;
  }

  /** Milliseconds since the Unix epoch; undefined when there is none. */
  get from(): number | undefined {
    return this.#lost?.from;
  }

  /**
   * Without effect when there is one.
   * @param lastSignAt when something last came off the socket, milliseconds since the Unix epoch
   */
  begin(lastSignAt: number | undefined, reason: GapReason): void {
    if (this.#lost !== undefined) return;
    const now = this.#clock.now();
    this.#lost = { from: Math.min(lastSignAt ?? now, now) - MARGIN_MS, reason };
    this.#cancel = this.#clock.after(STEP_IN_MS, this.#lasted);
  }

  /** There is none any more. @returns what there was of it */
  drop(): LostConnection | undefined {
    const lost = this.#lost;
    this.#cancel();
    this.#lost = undefined;
    return lost;
  }
}
