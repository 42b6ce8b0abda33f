import { tooManyRequests } from '../genesys/api-error.ts';
import type { Moment } from '../genesys/moments.ts';
import type { ServerSocket } from '../genesys/server-socket.ts';
import { atMoment, BOTH, type Fault, type FaultDescription, type Stage } from './fault.ts';

const WHEN_CONNECTED: readonly Moment[] = ['after-subscribe', 'connect', 'subscribe', 'live'];
/** As many as a client may have. */
const CHANNELS_PER_CLIENT = 20;
/** Which call meets a failure that is to strike at a moment. */
const CALLS: Readonly<Partial<Record<Moment, RegExp>>> = {
  auth: /^\/oauth\/token$/,
  connect: /^\/api\/v2\/notifications\/channels$/,
  subscribe: /^\/api\/v2\/notifications\/channels\/[^/]+\/subscriptions$/,
};

const endOfChannel = (
  description: Pick<FaultDescription, 'id' | 'title' | 'plays' | 'expectedCauses'>,
  strike: (stage: Stage, socket: ServerSocket) => void,
): Fault => ({
  ...description,
  dialects: ['channels'],
  moments: WHEN_CONNECTED,
  playedBy: 'server',
  start: (stage) => atMoment(stage, (socket) => strike(stage, socket)),
});

const failingCall = (
  description: Pick<FaultDescription, 'id' | 'title' | 'plays' | 'expectedCauses'>,
  failure: { status: number; headers: Readonly<Record<string, string>>; body: object },
): Fault => ({
  ...description,
  dialects: BOTH,
  moments: ['auth', 'connect', 'subscribe'],
  playedBy: 'server',
  start: ({ mock, moment, dialect }) => {
    // The org socket's client calls nothing but the login.
    const path = (dialect === 'channels' && CALLS[moment]) || /^\/oauth\/token$/;
    return mock.controls.failNext('*', path, { ...failure, times: Number.POSITIVE_INFINITY });
  },
});

const tooMany = tooManyRequests(59);

/** What becomes of channels, and of the calls that make and keep them. */
export const CHANNEL_FAULTS: readonly Fault[] = [
  endOfChannel(
    {
      id: 'channel-evicted',
      title: 'The channel is evicted',
      plays: 'the channel ends because a 21st one of the same client took its place',
      expectedCauses: ['channel-evicted'],
    },
    ({ mock }, { id }) => mock.controls.evict(id),
  ),
  endOfChannel(
    {
      id: 'channel-expired',
      title: 'The channel is past its 24 hours',
      plays: 'the channel ends because its 24 hours are over',
      expectedCauses: ['channel-expired'],
    },
    ({ mock }, { id }) => mock.controls.expire(id),
  ),
  endOfChannel(
    {
      id: 'second-connection',
      title: 'Another connection takes the channel',
      plays: 'the connection is closed because a second one came to the same channel',
      expectedCauses: ['second-connection'],
    },
    ({ mock }, { id }) => mock.controls.replace(id),
  ),
  endOfChannel(
    {
      id: 'maintenance',
      title: 'Maintenance begins',
      plays: 'the server announces that the socket will close, and closes it a minute later',
      expectedCauses: ['maintenance'],
    },
    ({ mock, times }, { id }) => mock.controls.announceClosing(times.graceMs, id),
  ),
  {
    id: 'too-many-channels',
    title: 'The client has all the channels that it may have',
    plays: `${CHANNELS_PER_CLIENT} channels of the client are there already; one more evicts one of them`,
    dialects: ['channels'],
    moments: ['connect'],
    expectedCauses: ['too-many-channels'],
    playedBy: 'server',
    start: async ({ mock, clientId }) => {
      await mock.controls.occupyChannels(clientId, CHANNELS_PER_CLIENT);
      return () => {
        for (const { id, connected } of mock.controls.channels()) if (!connected) mock.controls.expire(id);
      };
    },
  },
  failingCall(
    {
      id: 'rate-limited',
      title: 'Too many requests',
      plays: 'login or API answer 429 with Retry-After',
      expectedCauses: ['rate-limited'],
    },
    { status: tooMany.status, headers: tooMany.headers, body: tooMany.body('') },
  ),
  failingCall(
    {
      id: 'server-error',
      title: 'The server has a failure',
      plays: 'login or API answer 503',
      expectedCauses: ['server-error'],
    },
    {
      status: 503,
      headers: {},
      body: { message: 'Service Unavailable', code: 'service.unavailable', status: 503 },
    },
  ),
];
