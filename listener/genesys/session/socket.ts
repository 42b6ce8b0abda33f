import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock } from '../../clock.ts';
import { ConnectError, type ConnectionListener } from './dialect.ts';
import type { Ending } from './end-reason.ts';

/** The longest frame taken, in bytes. Conversation snapshots have 6 KB; the event bus takes 1 MB. */
const LONGEST_FRAME_BYTES = 16 * 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
const NORMAL_CLOSURE = 1000;

// A constant of its own, because the published types of `ws` don't know `closeTimeout` yet.
const SOCKET_OPTIONS = {
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  maxPayload: LONGEST_FRAME_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
  perMessageDeflate: false,
  followRedirects: false,
};

export interface SocketRequest {
  readonly uri: string;
  readonly clock: Clock;
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal;
  /** Of the upgrade, besides those of the protocol. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Frames and the end, and for who relies on them pings and pongs of the protocol (RFC 6455) as signs of life. */
export type SocketListener = Pick<ConnectionListener, 'frame' | 'ended'> & Partial<ConnectionListener>;

/** A WebSocket whose every way of ending comes out as one `Ending`, once. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #sent: (bytes: number) => void;
  #leaving = false;
  #error: Error | undefined;

  private constructor(socket: WebSocket, listener: SocketListener, clock: Clock) {
    this.#socket = socket;
    this.#sent = (bytes) => listener.sent?.(bytes);
    socket.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data)
        ? data
        : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      listener.received?.(bytes.length);
      listener.frame({
        data: isBinary ? bytes : bytes.toString('utf8'),
        receivedAt: clock.now(),
        receivedAtMs: clock.monotonic(),
      });
    });
    for (const sign of ['ping', 'pong'] as const) socket.on(sign, () => listener.alive?.());
    socket.on('pong', () => listener.answered?.());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', (code, reason) => {
      if (!this.#leaving) listener.ended(endingOfClose(code, reason.toString('utf8'), this.#error));
    });
  }

  /**
   * Connects.
   * @throws {ConnectError} refused, unreachable or too slow
   */
  static async open(
    { uri, clock, signal, headers = {} }: SocketRequest,
    listener: SocketListener,
  ): Promise<Socket> {
    const ws = new WebSocket(uri, { ...SOCKET_OPTIONS, headers });
    // Frames can follow the handshake in the same packet, so everything listens before it is over.
    let opened = false;
    const socket = new Socket(
      ws,
      {
        frame: (frame) => listener.frame(frame),
        alive: () => listener.alive?.(),
        answered: () => listener.answered?.(),
        sent: (bytes) => listener.sent?.(bytes),
        received: (bytes) => listener.received?.(bytes),
        ended: (ending) => opened && listener.ended(ending),
      },
      clock,
    );
    await new Promise<void>((resolve, reject) => {
      const abort = () => ws.terminate();
      signal.addEventListener('abort', abort, { once: true });
      const settle = (act: () => void) => {
        signal.removeEventListener('abort', abort);
        act();
      };
      ws.once('open', () => {
        opened = true;
        settle(resolve);
      });
      ws.once('unexpected-response', (request, response) => {
        settle(() => reject(refusedUpgrade(response)));
        response.resume();
        request.destroy();
      });
      ws.once('error', (cause) =>
        settle(() => reject(new ConnectError({ reason: 'connect-failed', detail: cause.message, cause }))),
      );
      if (signal.aborted) abort();
    });
    return socket;
  }

  send(text: string): void {
    // A socket that is no longer open reports its end by itself.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    this.#sent(Buffer.byteLength(text));
  }

  /** Sends a ping of the protocol (RFC 6455); the answer is a sign of life. */
  ping(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.ping();
    this.#sent(0);
  }

  /** Resolves when the closing handshake is over, or was given up after 2 s. */
  async close(): Promise<void> {
    this.#leaving = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.close(NORMAL_CLOSURE);
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  terminate(): void {
    this.#leaving = true;
    this.#socket.terminate();
  }
}

function refusedUpgrade(response: IncomingMessage): ConnectError {
  const status = response.statusCode ?? 0;
  const refusesToken = status === 401 || status === 403;
  return new ConnectError({
    reason: refusesToken ? 'upgrade-unauthorized' : 'upgrade-refused',
    detail: `the upgrade was answered ${status}`,
    httpStatus: status,
  });
}

function endingOfClose(code: number, reason: string, error: Error | undefined): Ending {
  const tooLong = error !== undefined && Reflect.get(error, 'code') === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  if (tooLong)
    return {
      reason: 'frame-over-limit',
      detail: `a frame was longer than ${LONGEST_FRAME_BYTES} bytes`,
      closeCode: code,
      cause: error,
    };
  const words = [reason && `reason "${reason}"`, error?.message].filter(Boolean).join(', ');
  return {
    reason: 'socket-closed',
    detail: words || (code === 1006 ? 'no close frame came' : 'no reason was given'),
    closeCode: code,
    cause: error,
  };
}
