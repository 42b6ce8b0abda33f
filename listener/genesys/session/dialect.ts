import type { NotificationFrame } from '../../contract/frame.ts';
import type { AccessToken } from '../oauth.ts';
import type { Ending } from './end-reason.ts';

export type DialectName = 'channels' | 'org-socket';

/** One frame as it came off the socket. */
export interface ReceivedFrame {
  /** Text frames are strings; binary ones are none that the protocol knows. */
  readonly data: string | Buffer;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The clock's monotonic milliseconds, for durations. */
  readonly receivedAtMs: number;
}

/** What a frame means to the session. Everything but a notification stays inside. */
export type ServerMessage =
  | { readonly kind: 'heartbeat' | 'pong' }
  | { readonly kind: 'notification'; readonly notification: NotificationFrame }
  /** An acknowledgement that needs no reaction. */
  | { readonly kind: 'acknowledged' }
  /** A message of the protocol that asks for nothing the bridge knows of. */
  | { readonly kind: 'ignored'; readonly detail: string }
  /** The channel lost subscriptions, or will: they are to be put again. */
  | { readonly kind: 'resubscribe'; readonly detail: string }
  /** The server says that this connection is at its end. */
  | { readonly kind: 'ending'; readonly ending: Ending }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** A topic that Genesys Cloud did not grant. */
export interface RejectedTopic {
  readonly topic: string;
  readonly reason: string;
  readonly missingPermissions: readonly string[];
}

export interface SubscriptionReport {
  /** Subscriptions in force, a combined topic counted once. */
  readonly subscribed: number;
  readonly rejected: readonly RejectedTopic[];
}

/** What a connection tells its session. */
export interface ConnectionListener {
  frame(frame: ReceivedFrame): void;
  /** A sign of life that is no frame. */
  alive(): void;
  /** The answer to `Connection.ping`, where it is no frame. */
  answered?(): void;
  /** Something was sent, of so many bytes; 0 for a ping of the protocol. */
  sent?(bytes: number): void;
  /** So many bytes have come, and are handed over as a frame next. */
  received?(bytes: number): void;
  /** The socket is gone, for whatever reason. Called once at most, and not after `close` or `terminate`. */
  ended(ending: Ending): void;
}

/** One socket and what belongs to it. */
export interface Connection {
  /** Replaces what the connection is subscribed to. */
  subscribe(topics: readonly string[], signal: AbortSignal): Promise<SubscriptionReport>;
  /** Asks for a sign of life. */
  ping(): void;
  /**
   * Says goodbye properly and waits 2 s at most for the answer; frames go on being handed over meanwhile.
   * @param options.release also free what the connection holds at the server: it won't be used again
   */
  close(options: { readonly release: boolean }): Promise<void>;
  /** Stops reading off the socket, so that the server feels it; `resume` goes on. */
  pause(): void;
  resume(): void;
  /** Drops the socket at once. */
  terminate(): void;
  /** When the server will end this connection by itself, by the monotonic clock; undefined when it won't. Milliseconds. */
  readonly expiresAtMs: number | undefined;
  /** What may be logged about it; holds no secret. */
  readonly label: string;
}

/** When silence is taken for death. */
export interface LivenessTiming {
  /** Milliseconds of silence after which the connection is asked for a sign of life. */
  readonly askAfterMs: number;
  /** Milliseconds of silence after which it is dead. More than `askAfterMs`. */
  readonly deadAfterMs: number;
}

/** One way of speaking with Genesys Cloud. */
export interface Dialect {
  readonly name: DialectName;
  readonly liveness: LivenessTiming;
  /** Milliseconds that a token should have left when a connection is opened with it. */
  readonly leastTokenLifeMs: number;
  /**
   * Opens a connection.
   * @param keep use what is left of the last connection at the server, if there is something
   * @throws {ConnectError} or what the REST client throws
   */
  connect(
    request: { readonly token: AccessToken; readonly keep: boolean; readonly signal: AbortSignal },
    listener: ConnectionListener,
  ): Promise<Connection>;
  decode(frame: ReceivedFrame): ServerMessage;
}

/** A connection could not be opened; says how that is to be taken. */
export class ConnectError extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending.detail, { cause: ending.cause });
    this.name = 'ConnectError';
    this.ending = ending;
  }
}
