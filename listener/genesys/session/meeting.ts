import type { Cancel, Clock } from '../../clock.ts';
import type { Link } from './link.ts';
import { ECHO_WITHIN_MS } from './source.ts';

/**
 * How long each of two connections may take over answering a ping, in milliseconds. Twice that is less than the time
 * for which occurrences are remembered, since the new one's notifications are kept back so long.
 */
const ANSWER_WITHIN_MS = 3_000;

/** How long both are subscribed before they are asked, in milliseconds: longer than echoes are waited for. */
const OVERLAP_MS = ECHO_WITHIN_MS + 100;

/** `met`: both have answered. Else: which one was silent. */
export type MeetingOutcome = 'met' | 'old-silent' | 'new-silent';

export interface MeetingOptions {
  readonly older: Pick<Link, 'answered'>;
  readonly newer: Pick<Link, 'answered'>;
  readonly clock: Clock;
  /** Called once, unless it is stopped before. */
  readonly over: (outcome: MeetingOutcome) => void;
}

/**
 * Lets two connections with the same subscriptions run side by side for a while, and waits until they are level: the new one
 * has shown life, and after that the old one has brought everything that was sent until then. So nothing that the new one
 * brought before its answer is news, and what follows can be handed over without an older update of the same conversation
 * coming behind it.
 */
export class Meeting {
  readonly #options: MeetingOptions;
  #silent: MeetingOutcome = 'new-silent';
  #cancel: Cancel = () => {};
  #cancelOverlap: Cancel = () => {};
  #isAsking = false;
  #isOver = false;
  #isPaused = false;

  constructor(options: MeetingOptions) {
    this.#options = options;
  }

  /** Begins. */
  async start(): Promise<void> {
    const { older, newer, clock } = this.#options;
    await new Promise<void>((resolve) => {
      this.#cancelOverlap = clock.after(OVERLAP_MS, resolve);
    });
    await this.#answer(newer, 'new-silent');
    if (this.#isOver) return;
    await this.#answer(older, 'old-silent');
    this.#end('met');
  }

  /** Nothing is read off the sockets until `resume`, so silence says nothing. */
  pause(): void {
    this.#isPaused = true;
    this.#cancel();
  }

  resume(): void {
    this.#isPaused = false;
    this.#wait();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
    this.#cancelOverlap();
  }

  async #answer(link: Pick<Link, 'answered'>, silent: MeetingOutcome): Promise<void> {
    this.#silent = silent;
    this.#isAsking = true;
    this.#wait();
    await link.answered();
  }

  #wait(): void {
    this.#cancel();
    if (!this.#isAsking || this.#isOver || this.#isPaused) return;
    this.#cancel = this.#options.clock.after(ANSWER_WITHIN_MS, () => this.#end(this.#silent));
  }

  #end(outcome: MeetingOutcome): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.over(outcome);
  }
}
