import type { ServerSocket } from './server-socket.ts';

/** How a client gets its notifications: over a channel of the Notifications API, or over the org socket. */
export type MockDialect = 'channels' | 'org-socket';

/**
 * The way of a connection, as the server sees it.
 * - `connect`: the socket is open, nothing was said yet.
 * - `auth`: the client shows who it is. On channels that is the login, and there is no socket yet.
 * - `subscribe`: a subscription has come in and is not answered yet.
 * - `after-subscribe`: the subscription was answered.
 * - `live`: the first event, heartbeat or pong has gone out since.
 */
export const MOMENTS = ['connect', 'auth', 'subscribe', 'after-subscribe', 'live'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A connection, or a client that is about to have one, has come to a moment. */
export interface Passage {
  readonly dialect: MockDialect;
  readonly moment: Moment;
  /** Absent at the login. */
  readonly socket: ServerSocket | undefined;
}

/** Tells whoever wants to know how far connections have come. */
export class Moments {
  readonly #listeners = new Set<(passage: Passage) => void>();

  /** Calls the listener while the moment is there, so that it can still spoil it. Returns what takes it off again. */
  on(listener: (passage: Passage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reached(passage: Passage): void {
    for (const listener of this.#listeners) listener(passage);
  }
}
