import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../../listener/clock.ts';
import type { ChannelSocket } from './channel-socket.ts';
import type { Token } from './oauth.ts';
import type { ServerTime } from './server-time.ts';
import type { Switches } from './switches.ts';

/** Channels a client (or a token, by a switch) may have. */
const CHANNELS_PER_CLIENT = 20;

/** What became of a channel. */
export type Fate = 'alive' | 'expired' | 'evicted' | 'token-dead';

export class Channel {
  readonly id = `streaming-${randomBytes(1).readUInt8() % 10}-${randomBytes(16).toString('hex')}`;
  readonly token: Token;
  readonly connectUri: string;
  fate: Fate = 'alive';
  /** What `expires` says, by the clock of the servers; it may lag behind. Milliseconds since the Unix epoch. */
  shownExpiresAt: number;
  /** Orders channels by their last use; clock times could tie. */
  lastUsed = 0;
  /** What was subscribed, as it was written, with the full names that it stands for and that are permitted. */
  readonly subscriptions = new Map<string, readonly string[]>();
  socket: ChannelSocket | undefined;
  cancelExpiry: Cancel | undefined;

  constructor(token: Token, connectUri: (id: string) => string, shownExpiresAt: number) {
    this.token = token;
    this.connectUri = connectUri(this.id);
    this.shownExpiresAt = shownExpiresAt;
  }

  /** Model `Channel` of the platform API. */
  toJSON(): object {
    return { connectUri: this.connectUri, id: this.id, expires: new Date(this.shownExpiresAt).toISOString() };
  }
}

/** All channels: who may have how many, how long they live, and who is subscribed to what. */
export class ChannelRegistry {
  readonly #clock: Clock;
  readonly #time: ServerTime;
  readonly #switches: Switches;
  readonly #lifeMs: number;
  readonly #known = new Map<string, Channel>();
  readonly #subscribers = new Map<string, Map<Channel, number>>();
  #uses = 0;

  constructor(options: { clock: Clock; time: ServerTime; switches: Switches; lifeMs: number }) {
    this.#clock = options.clock;
    this.#time = options.time;
    this.#switches = options.switches;
    this.#lifeMs = options.lifeMs;
  }

  /** A new channel. One too many evicts: unconnected channels first, then the one used longest ago. */
  create(token: Token, connectUri: (id: string) => string): Channel {
    const channel = new Channel(token, connectUri, this.#time.now() + this.#lifeMs);
    const siblings = this.alive().filter((other) => this.#together(other.token, token));
    siblings.sort(
      (a, b) => Number(a.socket !== undefined) - Number(b.socket !== undefined) || a.lastUsed - b.lastUsed,
    );
    for (const victim of siblings.slice(0, Math.max(0, siblings.length + 1 - CHANNELS_PER_CLIENT))) {
      this.end(victim, 'evicted');
    }
    this.#known.set(channel.id, channel);
    this.use(channel);
    this.#scheduleExpiry(channel);
    return channel;
  }

  /** A channel, alive or not. */
  find(id: string): Channel | undefined {
    return this.#known.get(id);
  }

  alive(): Channel[] {
    return [...this.#known.values()].filter(({ fate }) => fate === 'alive');
  }

  use(channel: Channel): void {
    this.#uses += 1;
    channel.lastUsed = this.#uses;
  }

  /** Gives a channel another life, from now on. */
  renew(channel: Channel): void {
    if (this.#switches.renewedExpires === 'moves') channel.shownExpiresAt = this.#time.now() + this.#lifeMs;
    this.#scheduleExpiry(channel);
  }

  /** The channel dies, and its socket learns of it. */
  end(channel: Channel, fate: Exclude<Fate, 'alive'>): void {
    if (channel.fate !== 'alive') return;
    channel.fate = fate;
    channel.cancelExpiry?.();
    this.unsubscribe(channel, [...channel.subscriptions.keys()]);
    channel.socket?.channelDied();
  }

  subscribe(channel: Channel, granted: ReadonlyMap<string, readonly string[]>): void {
    this.unsubscribe(channel, [...granted.keys()]);
    for (const [subscription, topics] of granted) {
      channel.subscriptions.set(subscription, topics);
      for (const topic of topics) {
        const channels = this.#subscribers.get(topic) ?? new Map<Channel, number>();
        // Counted: a topic may be subscribed to by itself and in a combined one.
        channels.set(channel, (channels.get(channel) ?? 0) + 1);
        this.#subscribers.set(topic, channels);
      }
    }
  }

  unsubscribe(channel: Channel, subscriptions: readonly string[]): void {
    for (const subscription of subscriptions) {
      for (const topic of channel.subscriptions.get(subscription) ?? []) {
        const channels = this.#subscribers.get(topic);
        const left = (channels?.get(channel) ?? 0) - 1;
        if (left > 0) channels?.set(channel, left);
        else channels?.delete(channel);
        if (channels?.size === 0) this.#subscribers.delete(topic);
      }
      channel.subscriptions.delete(subscription);
    }
  }

  subscribers(topic: string): Iterable<Channel> {
    return this.#subscribers.get(topic)?.keys() ?? [];
  }

  close(): void {
    for (const channel of this.#known.values()) channel.cancelExpiry?.();
  }

  #scheduleExpiry(channel: Channel): void {
    channel.cancelExpiry?.();
    channel.cancelExpiry = this.#clock.after(this.#lifeMs, () => this.end(channel, 'expired'));
  }

  #together(a: Token, b: Token): boolean {
    return this.#switches.channelLimitPer === 'token' ? a === b : a.client === b.client;
  }
}
