import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type {
  Checkpoint,
  CheckpointStore,
  FoundCheckpoint,
  KeyPosition,
  OpenGap,
} from './checkpoint-store.ts';
import { SettledPositions } from './settled-positions.ts';

const EVERY_MS = 2_000;
/** How far the low-watermark moves, in milliseconds, before it is written for its own sake. */
const WATERMARK_STEP_MS = 10_000;
/** All is written anew when so many times the positions there are have been added. Reading a checkpoint takes longer the higher it is. */
const COMPACT_FACTOR = 2;
const COMPACT_LEAST = 1_000;
const COMPACT_EVERY_MS = 1_800_000;

export interface CheckpointerOptions {
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How often what has changed is written, in milliseconds. */
  readonly everyMs?: number;
  /**
   * When the oldest frame was received that is not settled, milliseconds since the Unix epoch; now if there is none.
   * What a predecessor has left unsettled counts, and so does a gap until it is closed.
   */
  lowWatermark(): number;
  /** The gaps that are not closed; none unless said. */
  gaps?(): readonly OpenGap[];
}

interface Term {
  readonly epoch: number;
  readonly positions: SettledPositions;
  readonly countFrom: number;
  /** The base of the term is yet to be written. */
  basePending: boolean;
  /** What the predecessor left is not this term's to call settled until its owner had a chance to take it up. */
  firstWatermark: number | undefined;
  writtenWatermark: number;
  /** The ids of the gaps that were written last. */
  writtenGaps: string;
  /** Monotonic, in milliseconds. */
  baseAt: number;
  appended: number;
}

/** How far a term had come, written down or not. What it left is settled still. */
interface EndedTerm extends Pick<Term, 'epoch' | 'positions' | 'countFrom'> {
  readonly lowWatermark: number;
  readonly gaps: readonly OpenGap[];
}

/**
 * Writes down how far publishing has come, every other second. A store that fails holds nothing up: what could not
 * be written goes with the next round.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #term: Term | undefined;
  #ended: EndedTerm | undefined;
  #writing: Promise<boolean> | undefined;
  #cancel: Cancel = () => {};
  #writtenAt = 0;
  #failing = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  /**
   * Begins a term with what was restored, and writes its base. Never rejects; when the base can't be written now, it
   * is with one of the next rounds. Publishing need not wait for it.
   * @param countFrom from which version on the term counts, at least
   */
  async begin(epoch: number, restored: Checkpoint | undefined, countFrom = 0): Promise<void> {
    this.#cancel();
    const { clock, lowWatermark } = this.#options;
    const positions = new SettledPositions();
    for (const position of restored?.positions.values() ?? []) positions.add(position);
    this.#term = {
      epoch,
      positions,
      countFrom,
      basePending: true,
      firstWatermark: Math.min(restored?.lowWatermark ?? Number.POSITIVE_INFINITY, lowWatermark()),
      writtenWatermark: 0,
      writtenGaps: '',
      baseAt: clock.monotonic(),
      appended: 0,
    };
    this.#writtenAt = clock.monotonic();
    this.#ended = undefined;
    await this.flush();
    this.#schedule();
  }

  /**
   * What is known of the last term, which was this listener's own, beyond what was found of it.
   * @param found what is written down
   */
  completed(found: FoundCheckpoint | undefined): FoundCheckpoint | undefined {
    const ended = this.#ended;
    if (ended === undefined) return found;
    const positions = new SettledPositions();
    for (const position of found?.positions.values() ?? []) positions.add(position);
    for (const position of ended.positions.all().values()) positions.add(position);
    return {
      epoch: ended.epoch,
      lowWatermark: ended.lowWatermark,
      positions: positions.all(),
      gaps: ended.gaps,
      countFrom: Math.max(found?.countFrom ?? 0, ended.countFrom),
    };
  }

  /** An event is on the bus or parked. Call it before the low-watermark moves past its frame. */
  settled(position: KeyPosition): void {
    (this.#term ?? this.#ended)?.positions.add(position);
  }

  /** Writes what there is. @returns whether all of it is kept now */
  async flush(): Promise<boolean> {
    await this.#writing;
    return this.#write('round');
  }

  /** Ends the term: writes what there is, unless told not to, since the lease is lost and somebody else may have it. */
  async end({ flush }: { flush: boolean } = { flush: true }): Promise<void> {
    this.#cancel();
    const term = this.#term;
    if (term === undefined) return;
    if (flush) {
      await this.#writing;
      if (term === this.#term) await this.#write('last');
    }
    if (term === this.#term) {
      const { epoch, positions, countFrom, firstWatermark } = term;
      const lowWatermark = firstWatermark ?? this.#options.lowWatermark();
      this.#ended = { epoch, positions, countFrom, lowWatermark, gaps: this.#gaps() };
      this.#cancel();
      this.#term = undefined;
      // Whoever holds the lease now tells how old the checkpoint is.
      this.#options.metrics.gauge('CheckpointAge', 0);
    }
    await this.#writing;
  }

  #schedule(): void {
    const { clock, everyMs = EVERY_MS } = this.#options;
    const term = this.#term;
    this.#cancel();
    if (term === undefined) return;
    this.#cancel = clock.after(everyMs, () => void this.#round(term));
  }

  async #round(term: Term): Promise<void> {
    await this.flush();
    if (term === this.#term) this.#schedule();
  }

  #write(when: 'round' | 'last'): Promise<boolean> {
    const term = this.#term;
    if (term === undefined) return Promise.resolve(true);
    this.#writing ??= this.#attempt(term, when === 'last' ? 0 : WATERMARK_STEP_MS).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #attempt(term: Term, watermarkStepMs: number): Promise<boolean> {
    const { clock, lowWatermark } = this.#options;
    term.positions.forgetEnded(clock.now());
    const watermark = term.firstWatermark ?? lowWatermark();
    const taken = term.positions.take();
    const entries = taken.changed.length + taken.forgotten.length;
    try {
      if (this.#isBaseDue(term)) await this.#writeBase(term, watermark);
      else if (this.#isChangeDue(term, entries) || this.#hasMoved(term, watermark, watermarkStepMs)) {
        const gaps = this.#gaps();
        await this.#options.store.append(term.epoch, { lowWatermark: watermark, ...taken, gaps });
        term.writtenGaps = idsOf(gaps);
        term.appended += entries;
        term.writtenWatermark = watermark;
      }
    } catch (error) {
      term.positions.putBack(taken);
      this.#failed(error, term);
      return false;
    }
    this.#succeeded(term);
    return true;
  }

  /** A clock that was ahead for a while has left a watermark that nothing can reach now. */
  #hasMoved({ writtenWatermark }: Term, watermark: number, stepMs: number): boolean {
    return watermark < writtenWatermark || watermark - writtenWatermark > stepMs;
  }

  #isChangeDue(term: Term, entries: number): boolean {
    return entries > 0 || idsOf(this.#gaps()) !== term.writtenGaps;
  }

  #gaps(): readonly OpenGap[] {
    return this.#options.gaps?.() ?? [];
  }

  #isBaseDue(term: Term): boolean {
    const enough = Math.max(COMPACT_FACTOR * term.positions.size, COMPACT_LEAST);
    const age = this.#options.clock.monotonic() - term.baseAt;
    return term.basePending || term.appended > enough || age > COMPACT_EVERY_MS;
  }

  async #writeBase(term: Term, watermark: number): Promise<void> {
    const positions = term.positions.all();
    const gaps = this.#gaps();
    const { countFrom } = term;
    await this.#options.store.replace(term.epoch, {
      lowWatermark: watermark,
      positions,
      gaps,
      ...(countFrom === 0 ? {} : { countFrom }),
    });
    term.writtenGaps = idsOf(gaps);
    term.basePending = false;
    term.firstWatermark = undefined;
    term.writtenWatermark = watermark;
    term.baseAt = this.#options.clock.monotonic();
    term.appended = 0;
  }

  #failed(error: unknown, term: Term): void {
    const { logger, metrics, clock } = this.#options;
    metrics.count('CheckpointFailures');
    if (term === this.#term) metrics.gauge('CheckpointAge', clock.monotonic() - this.#writtenAt);
    const details = { cause: describeError(error) };
    if (this.#failing) logger.debug(details, 'the checkpoint still cannot be written');
    else logger.error(details, 'the checkpoint cannot be written; publishing goes on, and so do attempts');
    this.#failing = true;
  }

  #succeeded(term: Term): void {
    const { logger, clock, metrics } = this.#options;
    if (term === this.#term) metrics.gauge('CheckpointAge', 0);
    if (this.#failing) logger.info('the checkpoint is written again');
    this.#failing = false;
    this.#writtenAt = clock.monotonic();
  }
}

function idsOf(gaps: readonly OpenGap[]): string {
  return gaps.map(({ id, until = '' }) => `${id} ${until}`).join();
}
