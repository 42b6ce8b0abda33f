import type { Clock } from '../clock.ts';
import type { AccessToken } from '../genesys/oauth.ts';
import { PauseWatch } from './pause-watch.ts';

/** What is known of a connection when it ends. Durations in milliseconds. */
export interface ConnectionFacts {
  readonly lastReceived: { readonly what: string; readonly agoMs: number } | undefined;
  readonly lastSent: { readonly what: string; readonly agoMs: number } | undefined;
  /** Undefined when there was no socket yet. */
  readonly socketAgeMs: number | undefined;
  readonly tokenAgeMs: number | undefined;
  readonly tokenLeftMs: number | undefined;
  /** When the server would have ended the connection by itself; undefined when it wouldn't, or isn't known. */
  readonly expiresInMs: number | undefined;
  readonly subscribedMs: number | undefined;
  readonly subscriptions: number;
  readonly frames: number;
  readonly events: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Since a ping that nothing has come after. */
  readonly pingUnansweredMs: number | undefined;
  readonly pausedMs: number;
}

/** Remembers of a connection what explains its end. A frame costs a few assignments, and no memory. */
export class ConnectionRecorder {
  readonly #clock: Clock;
  readonly #pauses: PauseWatch;
  #token: AccessToken | undefined;
  #openedAtMs: number | undefined;
  #expiresAtMs: number | undefined;
  #subscribedAtMs: number | undefined;
  #subscriptions = 0;
  #receivedWhat: string | undefined;
  #receivedAtMs = 0;
  #sentWhat: string | undefined;
  #sentAtMs = 0;
  #pingAtMs: number | undefined;
  #frames = 0;
  #events = 0;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pauses = new PauseWatch(clock);
  }

  /** Forgets the last attempt: another begins. */
  begin(): void {
    this.#token = undefined;
    this.#openedAtMs = undefined;
    this.#expiresAtMs = undefined;
    this.#subscribedAtMs = undefined;
    this.#subscriptions = 0;
    this.#receivedWhat = undefined;
    this.#sentWhat = undefined;
    this.#pingAtMs = undefined;
    this.#frames = 0;
    this.#events = 0;
    this.#bytesIn = 0;
    this.#bytesOut = 0;
    this.#pauses.start();
  }

  /** The attempt is over. */
  end(): void {
    this.#pauses.stop();
  }

  tokenTaken(token: AccessToken): void {
    this.#token = token;
  }

  /** @param expiresAtMs when the server ends it by itself, by the monotonic clock */
  opened(expiresAtMs: number | undefined): void {
    this.#openedAtMs = this.#clock.monotonic();
    this.#expiresAtMs = expiresAtMs;
  }

  subscribed(subscriptions: number): void {
    this.#subscribedAtMs ??= this.#clock.monotonic();
    this.#subscriptions = subscriptions;
  }

  bytesReceived(bytes: number): void {
    this.#bytesIn += bytes;
  }

  /** A frame came. @param what its kind, as the dialect decodes it */
  received(what: string, atMs: number): void {
    this.#receivedWhat = what;
    this.#receivedAtMs = atMs;
    this.#pingAtMs = undefined;
    this.#frames++;
    if (what === 'notification') this.#events++;
  }

  /** A pong of the protocol, which is no frame of ours. */
  alive(): void {
    this.#receivedWhat = 'pong';
    this.#receivedAtMs = this.#clock.monotonic();
    this.#pingAtMs = undefined;
  }

  sent(what: string, bytes: number): void {
    this.#sentWhat = what;
    this.#sentAtMs = this.#clock.monotonic();
    this.#bytesOut += bytes;
    if (what === 'ping') this.#pingAtMs ??= this.#sentAtMs;
  }

  facts(): ConnectionFacts {
    const now = this.#clock.monotonic();
    const since = (atMs: number | undefined) => (atMs === undefined ? undefined : now - atMs);
    const noted = (what: string | undefined, atMs: number) =>
      what === undefined ? undefined : { what, agoMs: now - atMs };
    return {
      lastReceived: noted(this.#receivedWhat, this.#receivedAtMs),
      lastSent: noted(this.#sentWhat, this.#sentAtMs),
      socketAgeMs: since(this.#openedAtMs),
      tokenAgeMs: since(this.#token?.obtainedAtMs),
      tokenLeftMs: this.#token && this.#token.obtainedAtMs + this.#token.lifetimeMs - now,
      expiresInMs: this.#expiresAtMs === undefined ? undefined : this.#expiresAtMs - now,
      subscribedMs: since(this.#subscribedAtMs),
      subscriptions: this.#subscriptions,
      frames: this.#frames,
      events: this.#events,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      pingUnansweredMs: since(this.#pingAtMs),
      pausedMs: this.#pauses.longestMs,
    };
  }
}
