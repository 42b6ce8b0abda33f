import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ChannelSocket, type SocketSurroundings } from './channel-socket.ts';
import type { Channel } from './channels.ts';
import type { Faults } from './faults.ts';
import type { Switches } from './switches.ts';

/** Turns HTTP upgrades of `/channels/{id}` into sockets, or refuses them. */
export class Upgrades {
  readonly #server: WebSocketServer;
  readonly #around: SocketSurroundings;
  readonly #faults: Faults;
  readonly #onOpen: (socket: ChannelSocket) => void;

  constructor(around: SocketSurroundings, faults: Faults, onOpen: (socket: ChannelSocket) => void) {
    this.#around = around;
    this.#faults = faults;
    this.#onOpen = onOpen;
    this.#server = new WebSocketServer({ noServer: true, autoPong: around.switches.protocolPings });
  }

  /** For the `upgrade` event of an HTTP server. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // A peer that goes away during the handshake is no concern of the mock's.
    stream.on('error', () => undefined);
    const id = /^\/channels\/([\w-]+)$/.exec(request.url ?? '')?.[1] ?? '';
    const channel = this.#around.channels.find(id);
    const refusal = this.#faults.takeUpgrade() ?? refusalOf(channel, this.#around.switches);
    if (refusal !== undefined || !channel) {
      refuse(stream, refusal ?? this.#around.switches.refuseUnknownChannel);
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (ws) => this.#connected(ws, channel));
  }

  close(): void {
    this.#server.close();
  }

  #connected(ws: WebSocket, channel: Channel): void {
    const former = channel.socket;
    channel.socket = new ChannelSocket(ws, channel, this.#around);
    this.#around.channels.use(channel);
    this.#onOpen(channel.socket);
    former?.replaced();
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

function refuse(stream: Duplex, status: number): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
