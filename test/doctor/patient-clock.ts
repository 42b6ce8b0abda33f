import { ManualClock } from '../manual-clock.ts';

/** Milliseconds that pass at once while something is deliberately waited for. */
const STRIDE_MS = 500;
/** And while an answer of a real socket may be on its way. */
const STEP_MS = 100;

/**
 * A clock that moves by itself as far as a program waits: in strides while it sleeps, and slowly while an answer may
 * still be on its way, so that time does not outrun the sockets.
 */
export class PatientClock extends ManualClock {
  #sleeping = 0;

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#sleeping += 1;
    try {
      await super.sleep(ms, signal);
    } finally {
      this.#sleeping -= 1;
    }
  }

  /**
   * Moves on until the work is done.
   * @param settle lets what is under way on the sockets arrive
   */
  async until<T>(work: Promise<T>, settle: () => Promise<void>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    // What `work` throws is thrown below, where it is awaited.
    done.catch(() => undefined);
    while (!isDone) {
      await settle();
      await settle();
      if (!isDone) await this.advance(this.#sleeping > 0 ? STRIDE_MS : STEP_MS);
    }
    return done;
  }
}
