import type { Access } from './access.ts';
import type { ChannelSocket } from './channel-socket.ts';
import type { Channel, ChannelRegistry } from './channels.ts';
import type { Failure, Faults } from './faults.ts';
import type { Moments, Passage } from './moments.ts';
import type { TokenDefects, TokenEnd, TokenIssuer } from './oauth.ts';
import type { ServerSocket, Stall } from './server-socket.ts';
import type { ServerTime } from './server-time.ts';
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
 * Makes the mock misbehave. What acts on sockets acts on the one with the given id (a channel's, or an org socket's
 * name), or on all of both dialects, and returns how many it acted on.
 */
export class Controls {
  /** May be changed at any time; most hold from the next message on. */
  readonly switches: Switches;
  readonly #channels: ChannelRegistry;
  readonly #tokens: TokenIssuer;
  readonly #faults: Faults;
  readonly #access: Access;
  readonly #time: ServerTime;
  readonly #moments: Moments;
  readonly #sockets: ReadonlySet<ChannelSocket>;
  readonly #orgSockets: ReadonlySet<ServerSocket>;

  constructor(parts: {
    switches: Switches;
    channels: ChannelRegistry;
    tokens: TokenIssuer;
    faults: Faults;
    access: Access;
    time: ServerTime;
    moments: Moments;
    /** The connections there are, by reference. */
    sockets: ReadonlySet<ChannelSocket>;
    orgSockets: ReadonlySet<ServerSocket>;
  }) {
    this.switches = parts.switches;
    this.#channels = parts.channels;
    this.#tokens = parts.tokens;
    this.#faults = parts.faults;
    this.#access = parts.access;
    this.#time = parts.time;
    this.#moments = parts.moments;
    this.#sockets = parts.sockets;
    this.#orgSockets = parts.orgSockets;
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

  /** Tells how far connections come. Returns what takes the listener off again. */
  onMoment(listener: (passage: Passage) => void): () => void {
    return this.#moments.on(listener);
  }

  /**
   * Makes the next matching requests fail, of the API or of `/oauth/token`. The path is matched without its query;
   * the method `*` stands for any. Returns what takes the order back.
   */
  failNext(method: string, path: RegExp, failure: Failure): () => void {
    return this.#faults.failNext(method, path, failure);
  }

  /** Answers matching requests, of the API or of `/oauth/token`, so many milliseconds late. Returns what ends it. */
  delayRequests(path: RegExp, ms: number): () => void {
    return this.#faults.delay(path, ms);
  }

  /** Answers the next upgrades with an HTTP status instead of a socket. */
  refuseNextUpgrades(status: number, times = 1): void {
    this.#faults.refuseNextUpgrades(status, times);
  }

  /** Hands out this address with new channels, `{id}` standing for the channel's id; the right one again without. */
  handOutConnectUri(connectUri?: string): void {
    this.#faults.connectUri = connectUri;
  }

  /** Ends the TCP connection with no close frame. */
  drop(id?: string): number {
    return this.#each(id, (socket) => socket.drop());
  }

  /** Resets the TCP connection. */
  reset(id?: string): number {
    return this.#each(id, (socket) => socket.reset());
  }

  close(code: number, reason = '', id?: string): number {
    return this.#each(id, (socket) => socket.close(code, reason));
  }

  /** Keeps the connection, but sends no more heartbeats, or data, or neither. What would be sent meanwhile is lost. */
  stall(stall: Stall = { heartbeats: true, data: true }, id?: string): number {
    return this.#each(id, (socket) => socket.stall(stall));
  }

  /** Ends a stall. */
  resume(id?: string): number {
    return this.stall({ heartbeats: false, data: false }, id);
  }

  /**
   * Sends text or bytes as they are. Not where data is stalled: a connection that is silent brings nothing at all.
   * @returns how many connections it was written to
   */
  send(data: string | Uint8Array, id?: string): number {
    let written = 0;
    this.#each(id, (socket) => {
      if (socket.isSilent) return;
      socket.sendRaw(data);
      written += 1;
    });
    return written;
  }

  /**
   * Sends `v2.system.socket_closing` on channels, and closes what is still connected when the time is up.
   * Milliseconds.
   */
  announceClosing(graceMs = 60_000, channelId?: string): number {
    return this.#eachChannel(channelId, (socket) => socket.announceClosing(graceMs));
  }

  /** Closes the connections of channels as if another one had come to the same channel. */
  replace(channelId?: string): number {
    return this.#eachChannel(channelId, (socket) => socket.replaced());
  }

  /** Ends a channel as a 21st one would. Says whether it was alive. */
  evict(channelId: string): boolean {
    return this.#endChannel(channelId, 'evicted');
  }

  /** Ends a channel as its 24 hours would. Says whether it was alive. */
  expire(channelId: string): boolean {
    return this.#endChannel(channelId, 'expired');
  }

  /** Makes channels for a client, as other processes with the same client would have. */
  async occupyChannels(clientId: string, count: number): Promise<void> {
    const client = this.#tokens.client(clientId);
    if (!client) throw new RangeError(`There is no client ${clientId}`);
    const token = await this.#tokens.issue(client);
    for (let made = 0; made < count; made += 1) this.#channels.create(token, (id) => id);
  }

  /** Ends the tokens of a client, or all tokens. Returns how many. */
  endTokens(end: TokenEnd, clientId?: string): number {
    return this.#tokens.end(end, clientId);
  }

  /** Every token that was ever issued: what must not turn up anywhere. */
  issuedTokens(): string[] {
    return this.#tokens.issued();
  }

  /** Rotates the secret of a client: from now on the old one does not log in. Tokens live on. */
  changeSecret(clientId: string, secret: string): void {
    this.#tokens.changeSecret(clientId, secret);
  }

  /** Makes the tokens that are issued from now on wrong. Returns what mends them again. */
  spoilTokens(defects: TokenDefects): () => void {
    return this.#tokens.spoil(defects);
  }

  /** Sets the clocks of the servers: so many milliseconds ahead of the true time, or behind it if below 0. */
  skewClock(ms: number): void {
    this.#time.skewMs = ms;
  }

  /** Takes a scope out of every token that is issued from now on. */
  denyScope(scope: string): void {
    this.#access.denyScope(scope);
  }

  allowScope(scope: string): void {
    this.#access.allowScope(scope);
  }

  /** Registers these origins in place of those that the clients have; theirs again without. */
  registerOrigins(origins?: readonly string[]): void {
    this.#access.registerOrigins(origins);
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

  #endChannel(channelId: string, fate: 'evicted' | 'expired'): boolean {
    const channel = this.#channels.find(channelId);
    if (channel?.fate !== 'alive') return false;
    this.#channels.end(channel, fate);
    return true;
  }

  #each(id: string | undefined, act: (socket: ServerSocket) => void): number {
    return actOn([...this.#sockets, ...this.#orgSockets], id, act);
  }

  #eachChannel(id: string | undefined, act: (socket: ChannelSocket) => void): number {
    return actOn([...this.#sockets], id, act);
  }
}

function actOn<Kind extends ServerSocket>(
  all: readonly Kind[],
  id: string | undefined,
  act: (socket: Kind) => void,
): number {
  const sockets = all.filter((socket) => socket.open && (id === undefined || socket.id === id));
  for (const socket of sockets) act(socket);
  return sockets.length;
}
