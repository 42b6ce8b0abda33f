import type { Clock } from '../clock.ts';
import type { Backlog } from '../continuity/backlog.ts';
import type { Checkpoint } from '../continuity/checkpoint-store.ts';
import type { KeptFrame } from '../continuity/frame-keeper.ts';
import { alignKept } from '../continuity/kept-alignment.ts';
import type { Knowledge } from '../continuity/tenure-work.ts';
import type { EventAssembler } from '../contract/assemble.ts';
import type { NotifiedChanges } from './notified-changes.ts';
import type { RefusedFrames } from './refused-frames.ts';

/** From 1 on counts what is heard of for the first time ever, which replaces whatever a consumer has. */
const NOT_ANEW = 1;

export interface SuccessionOptions {
  readonly assembler: Pick<EventAssembler, 'positionOf' | 'restore' | 'skipTo'>;
  readonly backlog: Pick<Backlog, 'add'>;
  readonly refused: Pick<RefusedFrames, 'guarded' | 'park'>;
  readonly notified: Pick<NotifiedChanges, 'replay'>;
  readonly clock: Clock;
}

/**
 * Goes on where a predecessor stopped. What was kept is told under the versions that the predecessor gave it, so that
 * consumers who have it are not taken back to older states. Only after that versions are skipped, where the predecessor may
 * have told more than can be known.
 */
export class Succession {
  readonly #options: SuccessionOptions;
  /** From which version to go on once what was kept is accepted. */
  #skipTo: number | undefined;
  /** After this one is accepted. */
  #last: KeptFrame | undefined;

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** Has what was kept, and is due, wait for room. */
  begin(kept: readonly KeptFrame[], checkpoint: Checkpoint, { completeSince, skipTo }: Knowledge): void {
    const { assembler, backlog, refused, notified, clock } = this.#options;
    const { positions, countFrom = 0, gaps = [] } = checkpoint;
    this.#skipTo = skipTo;
    this.#last = undefined;
    const aligned = alignKept(kept, checkpoint, {
      clock,
      completeSince,
      versionOf: (key) => assembler.positionOf(key)?.version,
      guarded: (received, act) => refused.guarded(received, act),
    });
    // Who wrote this had skipped to `countFrom`, but told under lower versions what it had kept. Where it is not known which that
    // was, all is told under lower ones, which take nobody back, and the skip to come makes up for it.
    const least = skipTo === undefined ? countFrom : Math.min(countFrom, NOT_ANEW);
    // Whoever was closing a gap may have told it under a version that somebody before had passed.
    const endsAreKnown = gaps.length === 0;
    assembler.restore(positions.values(), least, endsAreKnown);
    this.#last = aligned.at(-1)?.each;
    for (const { each, alignment } of aligned)
      backlog.add({
        kept: each,
        run: () => {
          if (each.kind === 'notification')
            refused.guarded(each.received, () => notified.replay(each, alignment));
          else if (alignment === 'due') refused.park(each.received, each.code, each.detail);
          if (each === this.#last) this.#skip();
        },
      });
    if (aligned.length === 0) this.#skip();
  }

  /**
   * The lease was lost before all that was kept could be accepted, and is this listener's again.
   * @param kept what is left of it, among others: the oldest is let go of first
   */
  resume(kept: readonly KeptFrame[]): void {
    if (this.#last === undefined || !kept.includes(this.#last)) this.#skip();
  }

  #skip(): void {
    if (this.#skipTo !== undefined) this.#options.assembler.skipTo(this.#skipTo);
    this.#skipTo = undefined;
  }
}
