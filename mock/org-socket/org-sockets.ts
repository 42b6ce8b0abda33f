import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Change } from '../contact-centre/change.ts';
import { refuseUpgrade } from '../genesys/upgrade.ts';
import type { WireRecord } from '../genesys/wire-record.ts';
import { OrgSocket, type OrgSocketSurroundings } from './org-socket.ts';
import { CONVERSATION_UPDATED } from './subscribe-check.ts';

/** The connections to the org socket: how they come to be, and what they are told. */
export class OrgSockets {
  readonly #server: WebSocketServer;
  readonly #around: OrgSocketSurroundings;
  readonly #orgId: string;
  readonly #record: WireRecord;
  readonly #sockets = new Set<OrgSocket>();
  #made = 0;

  constructor(around: Omit<OrgSocketSurroundings, 'onEnd'>, orgId: string, record: WireRecord) {
    this.#around = { ...around, onEnd: (socket) => this.#sockets.delete(socket) };
    this.#orgId = orgId;
    this.#record = record;
    // Invalid UTF-8 is a fault like others here, to be told or cut off, and no matter of the protocol.
    this.#server = new WebSocketServer({ noServer: true, autoPong: false, skipUTF8Validation: true });
  }

  /** The connections there are, by reference. */
  get sockets(): ReadonlySet<OrgSocket> {
    return this.#sockets;
  }

  /** Whether the path is the org socket's: `/websocket`, with the organisation's id before it or not. */
  owns(request: IncomingMessage): boolean {
    const path = request.url?.split('?')[0];
    return path === '/websocket' || path === `/${this.#orgId}/websocket`;
  }

  /** For the `upgrade` event of an HTTP server. */
  handle(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { origin, 'user-agent': userAgent } = request.headers;
    if (userAgent === undefined && this.#around.switches.userAgentHeader === 'required') {
      refuseUpgrade(stream, 403);
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (ws) => this.#connected(ws, stream, origin));
  }

  /** Writes an update of a conversation to every socket that is subscribed to it. */
  deliver({ conversationId, conversation, id: change, at }: Change): void {
    if (conversationId === undefined || conversation === undefined) return;
    for (const socket of this.#sockets) {
      for (const { id } of socket.subscribedTo(CONVERSATION_UPDATED, conversationId)) {
        const text = `{"type":"event","event_type":"${CONVERSATION_UPDATED}","id":${JSON.stringify(id)},"data":${conversation()}}`;
        if (!socket.notify(text)) continue;
        this.#record.add({
          channelId: socket.id,
          topicName: CONVERSATION_UPDATED,
          conversationId,
          change,
          text,
          at,
        });
      }
    }
  }

  /** @param tokenId `jti` of the token */
  tokenRevoked(tokenId: string): void {
    for (const socket of this.#sockets) socket.tokenRevoked(tokenId);
  }

  close(): void {
    for (const socket of this.#sockets) socket.drop();
    this.#server.close();
  }

  #connected(ws: WebSocket, stream: Duplex, origin: string | undefined): void {
    this.#made += 1;
    const socket = new OrgSocket({ id: `org-socket-${this.#made}`, ws, stream, origin }, this.#around);
    this.#sockets.add(socket);
    socket.connected();
  }
}
