import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Redactor } from '../../telemetry/redactor.ts';
import type { Channel, GenesysApi } from '../api.ts';
import type { AccessToken } from '../oauth.ts';
import { connectUriProblem, type GenesysHosts } from '../regions.ts';
import {
  ConnectError,
  type Connection,
  type ConnectionListener,
  type Dialect,
  type LivenessTiming,
  type SubscriptionReport,
} from '../session/dialect.ts';
import type { Ending } from '../session/end-reason.ts';
import { Socket, type SocketListener } from '../session/socket.ts';
import { expandTopic } from '../topics/combine.ts';
import { decodeChannelFrame } from './messages.ts';

/** How long a channel lives without being renewed, in milliseconds. */
const CHANNEL_LIFE_MS = 24 * 60 * 60_000;
/** Genesys Cloud sends a heartbeat every 30 s; after a while without one, a ping asks for an answer. */
const LIVENESS = { askAfterMs: 33_000, deadAfterMs: 40_000 };
/** How long leaving may take over freeing the channel, in milliseconds. */
const RELEASE_TIMEOUT_MS = 2_000;

export interface ChannelsDialectOptions {
  readonly api: GenesysApi;
  readonly hosts: GenesysHosts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly liveness?: LivenessTiming | undefined;
}

interface OwnChannel {
  readonly channel: Channel;
  readonly token: AccessToken;
  readonly expiresAt: number;
}

/** The published Notifications API: a channel made by REST, a socket that needs no login of its own. */
export function channelsDialect(options: ChannelsDialectOptions): Dialect {
  /** A channel without a socket: the second socket of a channel would push out the first. */
  let spare: OwnChannel | undefined;
  return {
    name: 'channels',
    liveness: options.liveness ?? LIVENESS,
    leastTokenLifeMs: 0,
    decode: decodeChannelFrame,
    connect: async ({ token, keep, signal }, listener) => {
      // A channel dies with the token that made it, so a new token wants a new channel.
      const usable = keep && spare?.token === token && spare.expiresAt > options.clock.now();
      const own = usable && spare ? spare : await createChannel(options, token, signal);
      spare = undefined;
      const spared = () => {
        spare = own;
      };
      try {
        const ended = (ending: Ending) => {
          spared();
          listener.ended(ending);
        };
        const socket = await openSocket(own.channel, options, { ...listened(listener), ended }, signal);
        return connection(own, socket, options, spared);
      } catch (error) {
        spared();
        throw error;
      }
    },
  };
}

/** Only what comes through the channel counts as a sign of life: a proxy on the way answers pings, too. */
function listened(listener: ConnectionListener): Omit<ConnectionListener, 'alive' | 'ended'> {
  return {
    frame: (frame) => listener.frame(frame),
    sent: (bytes) => listener.sent?.(bytes),
    received: (bytes) => listener.received?.(bytes),
  };
}

async function createChannel(
  { api, clock, redactor }: ChannelsDialectOptions,
  token: AccessToken,
  signal: AbortSignal,
): Promise<OwnChannel> {
  const channel = await api.createChannel(signal);
  // Whoever knows the id can connect to the channel.
  redactor.add(channel.id);
  const expires = Date.parse(channel.expires ?? '');
  return { channel, token, expiresAt: Number.isNaN(expires) ? clock.now() + CHANNEL_LIFE_MS : expires };
}

async function openSocket(
  channel: Channel,
  { hosts, clock }: ChannelsDialectOptions,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<Socket> {
  const problem = connectUriProblem(channel.connectUri, hosts);
  if (problem !== undefined)
    throw new ConnectError({
      reason: 'foreign-connect-uri',
      detail: `the connectUri was not used: ${problem}`,
    });
  return Socket.open({ uri: channel.connectUri, clock, signal }, listener);
}

function connection(
  { channel, expiresAt }: OwnChannel,
  socket: Socket,
  { api, logger }: ChannelsDialectOptions,
  spared: () => void,
): Connection {
  return {
    expiresAt,
    label: `channel ${createHash('sha256').update(channel.id).digest('hex').slice(0, 8)}`,
    subscribe: async (topics, signal) =>
      reportOf(topics, await api.putSubscriptions(channel.id, topics, signal)),
    ping: () => socket.send('{"message":"ping"}'),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    terminate: () => {
      spared();
      socket.terminate();
    },
    close: async ({ release }) => {
      await socket.close();
      if (!release) return spared();
      await api
        .deleteSubscriptions(channel.id, AbortSignal.timeout(RELEASE_TIMEOUT_MS))
        .catch((error: unknown) => {
          logger.info({ err: error }, 'the channel could not be freed; it ends by itself within 24 hours');
        });
    },
  };
}

/** `ignoreErrors` gives a row for each topic, and for a combined one a row for each suffix that was denied. */
function reportOf(
  topics: readonly string[],
  rows: Awaited<ReturnType<GenesysApi['putSubscriptions']>>,
): SubscriptionReport {
  const rejected = rows
    .filter((row) => row.state?.toLowerCase() === 'rejected')
    .map((row) => ({
      topic: row.id,
      reason: row.rejectionReason ?? 'no reason was given',
      missingPermissions: row.missingPermissions ?? [],
    }));
  const refused = new Set(rejected.map(({ topic }) => topic));
  const inForce = topics.filter(
    (topic) => !refused.has(topic) && !expandTopic(topic).every((name) => refused.has(name)),
  );
  return { subscribed: inForce.length, rejected };
}
