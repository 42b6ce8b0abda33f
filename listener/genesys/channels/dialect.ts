import { createHash } from 'node:crypto';
import type { Channel, GenesysApi } from '../api.ts';
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
import { ChannelPool, type ChannelPoolOptions, type OwnChannel } from './channel-pool.ts';
import { decodeChannelFrame } from './messages.ts';

/** Genesys Cloud sends a heartbeat every 30 s; after a while without one, a ping asks for an answer. */
const LIVENESS = { askAfterMs: 33_000, deadAfterMs: 40_000 };

export interface ChannelsDialectOptions extends ChannelPoolOptions {
  readonly hosts: GenesysHosts;
  readonly liveness?: LivenessTiming | undefined;
}

/** The published Notifications API: a channel made by REST, a socket that needs no login of its own. */
export function channelsDialect(options: ChannelsDialectOptions): Dialect {
  const own = new ChannelPool(options);
  return {
    name: 'channels',
    liveness: options.liveness ?? LIVENESS,
    leastTokenLifeMs: 0,
    decode: decodeChannelFrame,
    connect: async ({ token, keep, signal }, listener) => {
      const channel = await own.take(token, keep, signal);
      const ended = (ending: Ending) => {
        own.spare(channel);
        listener.ended(ending);
      };
      try {
        const socket = await openSocket(channel.channel, options, { ...listened(listener), ended }, signal);
        return connection(channel, socket, options, own);
      } catch (error) {
        own.spare(channel);
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
  own: OwnChannel,
  socket: Socket,
  { api }: ChannelsDialectOptions,
  pool: ChannelPool,
): Connection {
  const { channel, expiresAtMs } = own;
  return {
    expiresAtMs,
    label: `channel ${createHash('sha256').update(channel.id).digest('hex').slice(0, 8)}`,
    subscribe: async (topics, signal) => {
      own.subscribed = true;
      return reportOf(topics, await api.putSubscriptions(channel.id, topics, signal));
    },
    ping: () => socket.send('{"message":"ping"}'),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    terminate: () => {
      pool.spare(own);
      socket.terminate();
    },
    close: async ({ release }) => {
      await socket.close();
      if (release) await pool.free(own);
      else pool.spare(own);
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
