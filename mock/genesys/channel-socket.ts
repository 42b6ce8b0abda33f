import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Cancel, Clock } from '../../listener/clock.ts';
import { ApiError } from './api-error.ts';
import type { Channel, ChannelRegistry } from './channels.ts';
import type { Moment, Moments } from './moments.ts';
import { ServerSocket } from './server-socket.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Switches } from './switches.ts';

/** Kinds of system messages (`SystemMessageSystemMessage`). */
export type SystemMessage = 'socket_closing' | 'no_longer_subscribed' | 'duplicate_id' | 'token_revoked';

export interface SocketSurroundings {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly switches: Switches;
  readonly channels: ChannelRegistry;
  readonly subscriptions: Subscriptions;
  readonly moments: Moments;
  /** Called once, when the connection has ended. */
  readonly onEnd: (socket: ChannelSocket) => void;
}

const ClientMessage = z.object({
  message: z.string(),
  topics: z.array(z.string()).optional(),
  correlationId: z.string().optional(),
});
type ClientMessage = z.infer<typeof ClientMessage>;

/** The server's end of one WebSocket connection to a channel. */
export class ChannelSocket extends ServerSocket {
  readonly channel: Channel;
  readonly #around: SocketSurroundings;
  #cancelHeartbeat: Cancel | undefined;
  #cancelClosing: Cancel | undefined;
  #subscribed = false;
  #live = false;

  constructor(ws: WebSocket, stream: Duplex, channel: Channel, around: SocketSurroundings) {
    super({ id: channel.id, ws, stream, answersPings: () => around.switches.protocolPings });
    this.channel = channel;
    this.#around = around;
    ws.on('message', (data) => this.#received(data));
    ws.on('close', () => this.#ended());
    this.#scheduleHeartbeat();
  }

  /** The connection is there; its channel may have been subscribed before. */
  connected(): void {
    this.#reached('connect');
    if (this.channel.subscriptions.size === 0) return;
    this.subscribing();
    this.subscribed();
  }

  /** Writes a notification. False when it went nowhere. */
  notify(frame: string): boolean {
    return this.send(frame) && this.#alive();
  }

  /** A subscription of the channel has come in, over the socket or by REST. */
  subscribing(): void {
    this.#reached('subscribe');
  }

  /** It has been granted. */
  subscribed(): void {
    this.#subscribed = true;
    this.#reached('after-subscribe');
  }

  system(type: SystemMessage, text: { reason?: string; message?: string }): void {
    const prefix = type === 'socket_closing' ? 'v2.system.' : this.#around.switches.systemTopicNames;
    const isTopicType = type === 'no_longer_subscribed' || type === 'token_revoked';
    this.#send({
      topicName: `${prefix}${type}`,
      version: '2',
      eventBody: {
        channelId: this.channel.id,
        systemTopicType: isTopicType ? type : undefined,
        oauthClientId: this.channel.token.client.id,
        ...text,
      },
      metadata: {},
    });
  }

  /** Warns that maintenance comes, and closes the connection if it is still there when it does. */
  announceClosing(graceMs: number): void {
    this.system('socket_closing', { message: 'The socket will be closed for maintenance' });
    this.#cancelClosing?.();
    this.#cancelClosing = this.#around.clock.after(graceMs, () => {
      this.close(this.#around.switches.maintenanceCloseCode, 'maintenance');
    });
  }

  /** Another connection took the channel over. */
  replaced(): void {
    const { secondConnectionNotice, secondConnectionCloseCode } = this.#around.switches;
    if (secondConnectionNotice !== 'none') {
      this.system(secondConnectionNotice, { reason: 'another_channel_subscribed' });
    }
    this.close(secondConnectionCloseCode, 'another connection');
  }

  channelDied(): void {
    const { deadChannel } = this.#around.switches;
    if (deadChannel === 'message' || deadChannel === 'message-and-close') this.#sayDead();
    if (deadChannel === 'close' || deadChannel === 'message-and-close') this.#closeDead();
  }

  #received(data: RawData): void {
    this.#around.channels.use(this.channel);
    if (this.channel.fate !== 'alive') {
      this.#sayDead();
      if (this.#around.switches.deadChannel === 'on-next-message') this.#closeDead();
      return;
    }
    const message = parseMessage(data);
    if (!message) {
      this.#fail('The message is not valid.', undefined);
    } else if (message.message === 'ping') {
      if (this.send(JSON.stringify(this.#metadata('pong')))) this.#alive();
    } else if (message.message === 'subscribe') {
      this.#subscribe(message);
    } else if (message.message === this.#around.switches.unsubscribeWord) {
      this.#around.channels.unsubscribe(this.channel, message.topics ?? []);
      this.#acknowledge('unsubscribed', message);
    } else {
      this.#fail(`Unknown message ${message.message}`, message.correlationId);
    }
  }

  #subscribe(message: ClientMessage): void {
    const mode = this.#around.switches.socketSubscribe === 'adds' ? 'add' : 'replace';
    try {
      this.#around.subscriptions.apply(this.channel, message.topics ?? [], { mode, ignoreErrors: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#fail(error.message, message.correlationId);
      return;
    }
    this.#acknowledge('subscribed', message);
  }

  #acknowledge(status: string, { correlationId }: ClientMessage): void {
    this.#send({ result: this.#result(200), status, ...this.#echo(correlationId) });
  }

  #fail(message: string, correlationId: string | undefined): void {
    const status = this.#around.switches.failureStatus;
    this.#send({ result: this.#result(400), status, message, ...this.#echo(correlationId) });
  }

  #sayDead(): void {
    this.#send({ result: this.#result(404), message: this.#around.switches.deadChannelMessage });
  }

  #closeDead(): void {
    this.close(this.#around.switches.deadChannelCloseCode, 'channel gone');
  }

  #result(status: number): string | number {
    return this.#around.switches.resultType === 'string' ? String(status) : status;
  }

  #echo(correlationId: string | undefined): object {
    return this.#around.switches.ackCorrelationId && correlationId !== undefined ? { correlationId } : {};
  }

  #metadata(message: string): object {
    const version = this.#around.switches.heartbeatVersion ? { version: '2' } : {};
    return { topicName: 'channel.metadata', ...version, eventBody: { message } };
  }

  #send(message: object): void {
    this.send(JSON.stringify(message));
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#around.clock.after(this.#around.heartbeatMs, () => {
      if (this.sendHeartbeat(JSON.stringify(this.#metadata('WebSocket Heartbeat')))) this.#alive();
      this.#scheduleHeartbeat();
    });
  }

  #alive(): true {
    if (this.#subscribed && !this.#live) {
      this.#live = true;
      this.#reached('live');
    }
    return true;
  }

  #reached(moment: Moment): void {
    if (this.open) this.#around.moments.reached({ dialect: 'channels', moment, socket: this });
  }

  #ended(): void {
    this.#cancelHeartbeat?.();
    this.#cancelClosing?.();
    if (this.channel.socket === this) this.channel.socket = undefined;
    this.#around.onEnd(this);
  }
}

function parseMessage(data: RawData): ClientMessage | undefined {
  try {
    return ClientMessage.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : ''));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
