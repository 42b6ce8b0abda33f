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
  type SubscriptionReport,
} from '../session/dialect.ts';
import { Socket } from '../session/socket.ts';
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
}

interface OwnChannel {
  readonly channel: Channel;
  readonly token: AccessToken;
  readonly expiresAt: number;
}

/** The published Notifications API: a channel made by REST, a socket that needs no login of its own. */
export function channelsDialect(options: ChannelsDialectOptions): Dialect {
  let own: OwnChannel | undefined;
  return {
    name: 'channels',
    liveness: LIVENESS,
    leastTokenLifeMs: 0,
    decode: decodeChannelFrame,
    connect: async ({ token, keep, signal }, listener) => {
      // A channel dies with the token that made it, so a new token wants a new channel.
      const usable = keep && own?.token === token && own.expiresAt > options.clock.now();
      own = usable && own ? own : await createChannel(options, token, signal);
      const present = own;
      const socket = await openSocket(present.channel, options, listener, signal);
      return connection(present, socket, options, () => {
        if (own === present) own = undefined;
      });
    },
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
  listener: ConnectionListener,
  signal: AbortSignal,
): Promise<Socket> {
  const problem = connectUriProblem(channel.connectUri, hosts);
  if (problem !== undefined)
    throw new ConnectError({
      reason: 'foreign-connect-uri',
      detail: `the connectUri was not used: ${problem}`,
    });
  // Only what comes through the channel counts as a sign of life: a proxy on the way answers pings, too.
  return Socket.open(
    { uri: channel.connectUri, clock, signal },
    {
      frame: (frame) => listener.frame(frame),
      sent: (bytes) => listener.sent?.(bytes),
      received: (bytes) => listener.received?.(bytes),
      ended: (ending) => listener.ended(ending),
    },
  );
}

function connection(
  { channel, expiresAt }: OwnChannel,
  socket: Socket,
  { api, logger }: ChannelsDialectOptions,
  forget: () => void,
): Connection {
  return {
    expiresAt,
    label: `channel ${createHash('sha256').update(channel.id).digest('hex').slice(0, 8)}`,
    subscribe: async (topics, signal) =>
      reportOf(topics, await api.putSubscriptions(channel.id, topics, signal)),
    ping: () => socket.send('{"message":"ping"}'),
    terminate: () => socket.terminate(),
    close: async ({ release }) => {
      await socket.close();
      if (!release) return;
      forget();
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
