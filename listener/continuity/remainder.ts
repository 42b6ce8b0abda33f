import type { Cancel, Clock } from '../clock.ts';
import type { TenureWork } from './tenure-work.ts';

/**
 * `none`: a term goes on, or the last one is nothing to go on with, since what it left was parked or another listener has
 * published. `settled`: it left nothing. `held-back`: it was lost, and what it left waits.
 */
type State =
  | { readonly name: 'none' }
  | { readonly name: 'settled' }
  | { readonly name: 'held-back'; readonly lostAt: number; readonly cancel: Cancel };

/**
 * What this listener's last term left: accepted, and neither on the bus nor parked. The lease may be its own again in a
 * moment, and then it goes on; until that is decided the fence holds it back.
 */
export class Remainder {
  readonly #work: Pick<TenureWork, 'disown' | 'abandon'>;
  readonly #clock: Clock;
  #state: State = { name: 'none' };
  #abandonedUntil = Number.NEGATIVE_INFINITY;

  constructor(work: Pick<TenureWork, 'disown' | 'abandon'>, clock: Clock) {
    this.#work = work;
    this.#clock = clock;
  }

  /** Whether something is held back for the next term. */
  get isHeldBack(): boolean {
    return this.#state.name === 'held-back';
  }

  /** Whether the next term can go on where the last one stopped, by what this listener remembers. */
  get canGoOn(): boolean {
    return this.#state.name !== 'none';
  }

  /** What was received before was parked when a term was lost, if it was not published. Milliseconds since the Unix epoch. */
  get abandonedUntil(): number {
    return this.#abandonedUntil;
  }

  /** A term is lost. What it left is abandoned unless it is let go on within `ms` milliseconds. */
  holdBack(ms: number): void {
    this.release();
    this.#state = {
      name: 'held-back',
      lostAt: this.#clock.now(),
      cancel: this.#clock.after(ms, () => this.abandon()),
    };
  }

  /** A term has ended in order. */
  nothingLeft(): void {
    this.#state = { name: 'settled' };
  }

  /** Another term begins, or none any more. */
  release(): void {
    if (this.#state.name === 'held-back') this.#state.cancel();
    this.#state = { name: 'none' };
  }

  /** It can't be published here; whoever has begun another term has it, too. */
  abandon(): void {
    const state = this.#state;
    this.release();
    if (state.name !== 'held-back') return;
    this.#abandonedUntil = state.lostAt;
    this.#work.disown();
    this.#work.abandon('LeaseLost', 'another listener may publish it by now');
  }
}
