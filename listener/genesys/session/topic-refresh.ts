import type { Logger } from 'pino';
import type { Cancel, Clock } from '../../clock.ts';
import type { Link } from './link.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface TopicRefreshOptions {
  readonly subscriptions: Pick<Subscriptions, 'refresh' | 'refreshMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Looks up the topics of a connection again and again, and puts what has changed. A failure leaves its
 * subscriptions as they are.
 */
export class TopicRefresh {
  readonly #options: TopicRefreshOptions;
  #cancel: Cancel = () => {};
  #look: AbortController | undefined;
  #isHeld = false;

  constructor(options: TopicRefreshOptions) {
    this.#options = options;
  }

  start(link: Pick<Link, 'connection' | 'signal'>): void {
    this.stop();
    this.#isHeld = false;
    this.#schedule(link);
  }

  stop(): void {
    this.#cancel();
    this.#look?.abort();
  }

  /** Another connection is being subscribed: what is put on the present one now would be missing there. */
  hold(): void {
    this.#isHeld = true;
    this.#look?.abort();
  }

  release(): void {
    this.#isHeld = false;
  }

  #schedule(link: Pick<Link, 'connection' | 'signal'>): void {
    const { subscriptions, clock } = this.#options;
    if (subscriptions.refreshMs === undefined) return;
    this.#cancel = clock.after(subscriptions.refreshMs, () => {
      if (!this.#isHeld) this.#refresh(link);
      this.#schedule(link);
    });
  }

  #refresh({ connection, signal: untilEnd }: Pick<Link, 'connection' | 'signal'>): void {
    if (connection === undefined) return;
    this.#look = new AbortController();
    const signal = AbortSignal.any([untilEnd, this.#look.signal]);
    this.#options.subscriptions.refresh(connection, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#options.logger.warn({ err: error }, 'topics could not be looked up again; the present ones stay');
    });
  }
}
