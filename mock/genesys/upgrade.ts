import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ChannelSocket, type SocketSurroundings } from './channel-socket.ts';
import type { Channel } from './channels.ts';
import type { Switches } from './switches.ts';

/** Turns HTTP upgrades of `/channels/{id}` into sockets, or refuses them. */
export class Upgrades {
  readonly #server: WebSocketServer;
  readonly #around: SocketSurroundings;
  readonly #onOpen: (socket: ChannelSocket) => void;

  constructor(around: SocketSurroundings, onOpen: (socket: ChannelSocket) => void) {
    this.#around = around;
    this.#onOpen = onOpen;
    this.#server = new WebSocketServer({ noServer: true, autoPong: false });
  }

  /** For the `upgrade` event of an HTTP server. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const id = /^\/channels\/([\w-]+)$/.exec(request.url ?? '')?.[1] ?? '';
    const channel = this.#around.channels.find(id);
    const refusal = refusalOf(channel, this.#around.switches);
    if (refusal !== undefined || !channel) {
      refuseUpgrade(stream, refusal ?? this.#around.switches.refuseUnknownChannel);
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (ws) => this.#connected(ws, stream, channel));
  }

  close(): void {
    this.#server.close();
  }

  #connected(ws: WebSocket, stream: Duplex, channel: Channel): void {
    const former = channel.socket;
    const socket = new ChannelSocket(ws, stream, channel, this.#around);
    channel.socket = socket;
    this.#around.channels.use(channel);
    this.#onOpen(socket);
    former?.replaced();
    socket.connected();
  }
}

function refusalOf(channel: Channel | undefined, switches: Switches): number | undefined {
  switch (channel?.fate) {
    case undefined:
      return switches.refuseUnknownChannel;
    case 'expired':
      return switches.refuseExpiredChannel;
    case 'evicted':
      return switches.refuseEvictedChannel;
    case 'token-dead':
      return switches.refuseDeadToken;
    case 'alive':
      return undefined;
  }
}

/** Answers an upgrade with an HTTP status. */
export function refuseUpgrade(stream: Duplex, status: number): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
