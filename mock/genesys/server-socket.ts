import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** What a stalled socket no longer sends. */
export interface Stall {
  readonly heartbeats: boolean;
  /** Notifications, acknowledgements and pongs. */
  readonly data: boolean;
  /** Whether nothing is read either, so that not even pings of the protocol and close frames are answered. */
  readonly reading?: boolean;
}

/** The server's end of a WebSocket, and all that can go wrong with it. */
export class ServerSocket {
  /** The channel's id, or a name of its own. */
  readonly id: string;
  readonly #ws: WebSocket;
  readonly #stream: Duplex;
  #stall: Stall = { heartbeats: false, data: false };

  /** @param answersPings whether pings of the protocol (RFC 6455) are answered */
  constructor(options: { id: string; ws: WebSocket; stream: Duplex; answersPings: () => boolean }) {
    this.id = options.id;
    this.#ws = options.ws;
    this.#stream = options.stream;
    // An error is always followed by `close`, which is where the connection ends.
    this.#ws.on('error', () => undefined);
    this.#ws.on('ping', (data) => {
      if (this.open && !this.#stall.heartbeats && options.answersPings()) this.#ws.pong(data);
    });
  }

  get open(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  /** Whether data is stalled. */
  get isSilent(): boolean {
    return this.#stall.data;
  }

  /** False when it went nowhere: the socket is not open, or stalled. */
  send(text: string): boolean {
    if (!this.open || this.#stall.data) return false;
    this.#ws.send(text);
    return true;
  }

  /** False when it went nowhere, as with `send`. */
  sendHeartbeat(text: string): boolean {
    if (!this.open || this.#stall.heartbeats) return false;
    this.#ws.send(text);
    return true;
  }

  /** Writes anything, as it is. */
  sendRaw(data: string | Uint8Array): void {
    this.#ws.send(data);
  }

  /** Sends a ping of the protocol (RFC 6455). */
  ping(): void {
    this.#ws.ping();
  }

  stall(stall: Stall): void {
    this.#stall = stall;
    if (stall.reading === true) this.#ws.pause();
    else this.#ws.resume();
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  /** Ends the TCP connection with no close frame: the other end sees 1006. */
  drop(): void {
    this.#ws.terminate();
  }

  /** Resets the TCP connection (RST): the other end sees 1006 and an error. */
  reset(): void {
    if (this.#stream instanceof Socket) this.#stream.resetAndDestroy();
    else this.drop();
  }
}
