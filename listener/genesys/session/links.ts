import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Link } from './link.ts';

export interface LinksOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The connections of a session: the one that works, the one that is being made, and those that are on their way
 * out. What is to happen to them is decided elsewhere.
 */
export class Links {
  readonly #options: LinksOptions;
  #current: Link | undefined;
  #next: Link | undefined;
  /** Those that failed to take over, until the present one has brought all that they keep back. */
  readonly #fallen = new Set<Link>();
  /** Connections that are being closed. */
  readonly #leaving = new Set<Promise<void>>();
  #lastSignAt: number | undefined;
  #promptSince: number | undefined;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** The connection that works. */
  get current(): Link | undefined {
    return this.#current;
  }

  /** The one that is being made: the first, or the one that is to take over. */
  get next(): Link | undefined {
    return this.#next;
  }

  /** When something last came off the socket that works, or worked last; milliseconds since the Unix epoch. */
  get lastSignAt(): number | undefined {
    return this.#current?.lastSignAt ?? this.#lastSignAt;
  }

  /** Whether what was sent may have waited, and still wait, to be read. */
  get isBehind(): boolean {
    return [this.#current, this.#next].some((link) => link?.isBehind);
  }

  /** From when on nothing has waited so, milliseconds since the Unix epoch; undefined: nothing ever has. */
  get promptSince(): number | undefined {
    return this.#promptSince;
  }

  /** @returns whether the one that works showed life within `ms` milliseconds of being asked */
  async showsLife(ms: number): Promise<boolean> {
    const current = this.#current;
    if (current === undefined) return false;
    const patience = new AbortController();
    try {
      return await Promise.race([
        current.answered().then(() => true),
        this.#options.clock.sleep(ms, patience.signal).then(() => false),
      ]);
    } finally {
      patience.abort();
    }
  }

  /** The process stood still until now. @param since milliseconds since the Unix epoch */
  stoodStill(since: number): void {
    this.caughtUp();
    this.#current?.stoodStill(since);
    this.#next?.stoodStill(since);
  }

  /** Up to now something waited to be read. */
  caughtUp(): void {
    this.#promptSince = this.#options.clock.now();
  }

  pause(): void {
    this.#current?.pause();
    this.#next?.pause();
  }

  resume(): void {
    this.#current?.resume();
    this.#next?.resume();
  }

  /** One is being made. */
  make(link: Link): void {
    this.#next = link;
  }

  /** The one that was made works: it is the present one from now on. */
  live(link: Link): void {
    this.#current = link;
    this.#next = undefined;
    this.#fallen.clear();
  }

  /** The one that worked has ended; what fallen ones keep back can't come by it any more, so they hand it over. */
  lost(link: Link): void {
    this.#lastSignAt = link.lastSignAt ?? this.#lastSignAt;
    this.#current = undefined;
    this.#letFallenGo();
  }

  /** The one that was being made has ended. */
  failed(): void {
    this.#next = undefined;
  }

  /** What it keeps back is forgotten once the present one has brought the same, and needed if it never does. */
  keepUntilLevel(fallen: Link, present: Link): void {
    if (!fallen.isKeepingBack) return;
    this.#fallen.add(fallen);
    void present.answered().then(() => this.#fallen.delete(fallen));
  }

  /** Closes a connection, and frees what it held. */
  leave(link: Link): void {
    const left = link
      .leave({ release: true })
      .catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'a connection could not be closed properly');
      })
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /**
   * Leaves all there are. Resolves when they are closed; what arrives until then is still handed on.
   * @returns whether there was a connection
   */
  async leaveAll(): Promise<boolean> {
    const current = this.#current;
    const links = [current, this.#next];
    for (const link of links) if (link) this.leave(link);
    await Promise.all(this.#leaving);
    // Behind what the old connection has brought, since it may be newer.
    this.#letFallenGo();
    this.#next?.letGo();
    this.#lastSignAt = current?.lastSignAt ?? this.#lastSignAt;
    this.#current = undefined;
    this.#next = undefined;
    return links.some((link) => link?.connection !== undefined);
  }

  #letFallenGo(): void {
    for (const link of this.#fallen) link.letGo();
    this.#fallen.clear();
  }
}
