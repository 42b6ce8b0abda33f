import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Redactor } from '../../telemetry/redactor.ts';
import type { Channel, GenesysApi } from '../api.ts';
import type { AccessToken } from '../oauth.ts';
import { countChannels } from './channel-count.ts';

/** How long a channel lives without being renewed, in milliseconds. */
const CHANNEL_LIFE_MS = 24 * 60 * 60_000;
/** How long freeing a channel may take, in milliseconds. */
const FREE_WITHIN_MS = 2_000;

export interface ChannelPoolOptions {
  readonly api: GenesysApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
}

export interface OwnChannel {
  readonly channel: Channel;
  readonly token: AccessToken;
  /** When it ends, by the monotonic clock: that of the server may be another one, and ours be set. Milliseconds. */
  readonly expiresAtMs: number;
  /** Whether it has, or may have, subscriptions. */
  subscribed: boolean;
}

/** The channels that this listener has made: those with a socket, and one at most to be used again. */
export class ChannelPool {
  readonly #options: ChannelPoolOptions;
  readonly #inUse = new Set<OwnChannel>();
  /** All that may still live, freed ones included: a channel can't be deleted. */
  #made: OwnChannel[] = [];
  #spare: OwnChannel | undefined;

  constructor(options: ChannelPoolOptions) {
    this.#options = options;
  }

  /**
   * A channel without a socket: the second socket of a channel would push out the first.
   * @param keep take the one that was spared, if it still lives
   * @throws what the REST client throws
   */
  async take(token: AccessToken, keep: boolean, signal: AbortSignal): Promise<OwnChannel> {
    const spare = this.#spare;
    // A channel dies with the token that made it, so a new token wants a new channel.
    const isUsable = keep && spare?.token === token && spare.expiresAtMs > this.#options.clock.monotonic();
    const channel = isUsable && spare ? spare : await this.#create(token, signal);
    this.#inUse.add(channel);
    if (this.#spare === spare) this.#spare = undefined;
    if (spare && spare !== channel) void this.free(spare);
    return channel;
  }

  /** Its socket is gone; it may be used again. */
  spare(channel: OwnChannel): void {
    this.#inUse.delete(channel);
    const former = this.#spare;
    this.#spare = channel;
    if (former && former !== channel) void this.free(former);
  }

  /** It won't be used again. Takes its subscriptions off, which is all that can be done; a failure is logged. */
  async free(channel: OwnChannel): Promise<void> {
    const { api, logger } = this.#options;
    this.#inUse.delete(channel);
    if (!channel.subscribed) return;
    channel.subscribed = false;
    try {
      await api.deleteSubscriptions(channel.channel.id, AbortSignal.timeout(FREE_WITHIN_MS));
    } catch (error) {
      logger.info({ err: error }, 'the channel could not be freed; it ends by itself within 24 hours');
    }
  }

  async #create(token: AccessToken, signal: AbortSignal): Promise<OwnChannel> {
    const { api, clock, redactor } = this.#options;
    this.#made = this.#made.filter(({ expiresAtMs }) => expiresAtMs > clock.monotonic());
    const inUse = [...this.#inUse, ...(this.#spare ? [this.#spare] : [])];
    const ids = new Set(this.#made.map(({ channel }) => channel.id));
    await countChannels(this.#options, { ids, idsInUse: inUse.map(({ channel }) => channel.id) }, signal);
    const askedAtMs = clock.monotonic();
    const { lifeMs = CHANNEL_LIFE_MS, ...channel } = await api.createChannel(signal);
    // Whoever knows the id can connect to the channel.
    redactor.add(channel.id);
    const own = { channel, token, expiresAtMs: askedAtMs + lifeMs, subscribed: false };
    this.#made.push(own);
    return own;
  }
}
