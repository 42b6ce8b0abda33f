import type { Access } from './access.ts';
import type { ChannelSocket, Stall } from './channel-socket.ts';
import type { Channel, ChannelRegistry } from './channels.ts';
import type { Failure, Faults } from './faults.ts';
import type { TokenEnd, TokenIssuer } from './oauth.ts';
import type { Switches } from './switches.ts';

/** A channel as tests look at it. */
export interface ChannelView {
  readonly id: string;
  readonly clientId: string;
  readonly fate: Channel['fate'];
  readonly connected: boolean;
  /** As subscribed: combined topics are not taken apart. */
  readonly subscriptions: readonly string[];
}

/**
 * Makes the mock misbehave. What acts on sockets acts on the one of the given channel, or on all of them,
 * and returns how many it acted on.
 */
export class Controls {
  /** May be changed at any time; most hold from the next message on. */
  readonly switches: Switches;
  readonly #channels: ChannelRegistry;
  readonly #tokens: TokenIssuer;
  readonly #faults: Faults;
  readonly #access: Access;
  readonly #sockets: ReadonlySet<ChannelSocket>;

  constructor(parts: {
    switches: Switches;
    channels: ChannelRegistry;
    tokens: TokenIssuer;
    faults: Faults;
    access: Access;
    /** The connections there are, by reference. */
    sockets: ReadonlySet<ChannelSocket>;
  }) {
    this.switches = parts.switches;
    this.#channels = parts.channels;
    this.#tokens = parts.tokens;
    this.#faults = parts.faults;
    this.#access = parts.access;
    this.#sockets = parts.sockets;
  }

  /** The channels that are alive. */
  channels(): ChannelView[] {
    return this.#channels.alive().map((channel) => ({
      id: channel.id,
      clientId: channel.token.client.id,
      fate: channel.fate,
      connected: channel.socket?.open === true,
      subscriptions: [...channel.subscriptions.keys()],
    }));
  }

  /** Makes the next matching requests fail, of the API or of `/oauth/token`. The path is matched without its query. */
  failNext(method: string, path: RegExp, failure: Failure): void {
    this.#faults.failNext(method, path, failure);
  }

  /** Answers the next upgrades with an HTTP status instead of a socket. */
  refuseNextUpgrades(status: number, times = 1): void {
    this.#faults.refuseNextUpgrades(status, times);
  }

  /** Hands out this address with new channels, `{id}` standing for the channel's id; the right one again without. */
  handOutConnectUri(connectUri?: string): void {
    this.#faults.connectUri = connectUri;
  }

  /** Cuts the TCP connection with no close frame. */
  drop(channelId?: string): number {
    return this.#each(channelId, (socket) => socket.drop());
  }

  close(code: number, reason = '', channelId?: string): number {
    return this.#each(channelId, (socket) => socket.close(code, reason));
  }

  /** Keeps the connection, but sends no more heartbeats, or data, or neither. What would be sent meanwhile is lost. */
  stall(stall: Stall = { heartbeats: true, data: true }, channelId?: string): number {
    return this.#each(channelId, (socket) => socket.stall(stall));
  }

  /** Ends a stall. */
  resume(channelId?: string): number {
    return this.stall({ heartbeats: false, data: false }, channelId);
  }

  /** Sends text or bytes as they are. */
  send(data: string | Uint8Array, channelId?: string): number {
    return this.#each(channelId, (socket) => socket.sendRaw(data));
  }

  /** Sends `v2.system.socket_closing`, and closes what is still connected when the time is up. Milliseconds. */
  announceClosing(graceMs = 60_000, channelId?: string): number {
    return this.#each(channelId, (socket) => socket.announceClosing(graceMs));
  }

  /** Ends a channel as a 21st one would. Says whether it was alive. */
  evict(channelId: string): boolean {
    const channel = this.#channels.find(channelId);
    if (channel?.fate !== 'alive') return false;
    this.#channels.end(channel, 'evicted');
    return true;
  }

  /** Ends the tokens of a client, or all tokens. Returns how many. */
  endTokens(end: TokenEnd, clientId?: string): number {
    return this.#tokens.end(end, clientId);
  }

  /** Takes a permission away, from one client or all. Existing subscriptions stay. */
  deny(permission: string, clientId?: string): void {
    this.#access.deny(permission, clientId);
  }

  allow(permission: string, clientId?: string): void {
    this.#access.allow(permission, clientId);
  }

  /** Takes a queue's division out of every role. */
  denyDivision(queueId: string): void {
    this.#access.denyDivision(queueId);
  }

  allowDivision(queueId: string): void {
    this.#access.allowDivision(queueId);
  }

  #each(channelId: string | undefined, act: (socket: ChannelSocket) => void): number {
    const sockets = [...this.#sockets].filter(
      (socket) => socket.open && (channelId === undefined || socket.channel.id === channelId),
    );
    for (const socket of sockets) act(socket);
    return sockets.length;
  }
}
