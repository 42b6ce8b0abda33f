import type { Cancel, Clock } from '../clock.ts';
import type { TenureWork } from './tenure-work.ts';

const NOTHING: Cancel = () => undefined;

/**
 * What a lost term left: accepted, and neither on the bus nor parked. The lease may be this listener's again in a
 * moment, and then it goes on; until that is decided the fence holds it back.
 */
export class Remainder {
  readonly #work: Pick<TenureWork, 'disown' | 'abandon'>;
  readonly #clock: Clock;
  /** Set while it is held back. */
  #cancel: Cancel = NOTHING;
  #lostAt = Number.NEGATIVE_INFINITY;
  #abandonedUntil = Number.NEGATIVE_INFINITY;

  constructor(work: Pick<TenureWork, 'disown' | 'abandon'>, clock: Clock) {
    this.#work = work;
    this.#clock = clock;
  }

  /** Whether it is held back for the next term. */
  get isHeldBack(): boolean {
    return this.#cancel !== NOTHING;
  }

  /** What was received before was parked when a term was lost, if it was not published. Milliseconds since the Unix epoch. */
  get abandonedUntil(): number {
    return this.#abandonedUntil;
  }

  /** A term is lost. What it left is abandoned unless it is let go on within `ms` milliseconds. */
  holdBack(ms: number): void {
    this.#lostAt = this.#clock.now();
    this.#cancel();
    this.#cancel = this.#clock.after(ms, () => this.abandon());
  }

  /** It is held back no longer, and not abandoned either. */
  release(): void {
    this.#cancel();
    this.#cancel = NOTHING;
  }

  /** It can't be published here; whoever has begun another term has it, too. Without effect unless it is held back. */
  abandon(): void {
    if (!this.isHeldBack) return;
    this.release();
    this.#abandonedUntil = this.#lostAt;
    this.#work.disown();
    this.#work.abandon('LeaseLost', 'another listener may publish it by now');
  }
}
