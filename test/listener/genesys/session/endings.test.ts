import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CredentialsError, type CredentialsSource } from '../../../../listener/genesys/credentials.ts';
import { WEBSOCKET_SCOPE } from '../../../../listener/genesys/org-socket/settings.ts';
import { type EndReason, RECOVERIES } from '../../../../listener/genesys/session/end-reason.ts';
import { DEFAULT_CLIENT, ORG_SOCKET_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { createSession, type SessionHarness, type SessionHarnessOptions } from './harness.ts';

const ORG_SOCKET = { orgSocket: {}, mock: { clients: [ORG_SOCKET_CLIENT] } };
const LENIENT = {
  ...ORG_SOCKET,
  mock: { ...ORG_SOCKET.mock, switches: { jwtValidationMode: 'lenient' } },
} as const;
const OTHER_CLIENT = {
  ...DEFAULT_CLIENT,
  id: '7d0c2a54-51c8-4f0e-9f55-3f2b6f0e7a11',
  secret: 'rotated-secret',
};
const CHANNELS = /\/notifications\/channels$/;

interface Scenario {
  readonly from: 'start' | 'live';
  readonly options?: SessionHarnessOptions;
  /** Brings about this ending: before the session is started, or once it is live. */
  readonly provoke: (harness: SessionHarness) => unknown;
}

const SCENARIOS: Readonly<Record<EndReason, Scenario>> = {
  'stop-requested': whenLive(({ session }) => session.stop()),
  'credentials-missing': unreadable(() => new CredentialsError('CredentialsMissing', 'no value yet')),
  'credentials-malformed': unreadable(() => new CredentialsError('CredentialsMalformed', 'no JSON')),
  'credentials-unreadable': unreadable(() => new CredentialsError('CredentialsUnreadable', 'no network')),
  'login-refused': atStart(({ mock }) =>
    mock.controls.failNext('POST', /oauth/, { status: 401, body: { error: 'invalid_client' } }),
  ),
  unauthorized: atStart(({ mock }) => mock.controls.failNext('POST', CHANNELS, { status: 401 })),
  forbidden: atStart(({ mock }) => mock.controls.failNext('POST', CHANNELS, { status: 403 })),
  'no-topic-permitted': atStart(({ mock }) => mock.controls.deny('conversation:communication:view')),
  'call-failed': atStart(({ mock }) => mock.controls.failNext('POST', CHANNELS, { status: 500, times: 4 })),
  'foreign-connect-uri': atStart(({ mock }) =>
    mock.controls.handOutConnectUri('wss://streaming.example.com/channels/{id}'),
  ),
  'upgrade-refused': atStart(({ mock }) => mock.controls.refuseNextUpgrades(503)),
  'upgrade-unauthorized': atStart(({ mock }) => mock.controls.refuseNextUpgrades(401)),
  'connect-failed': atStart(async ({ mock }) => {
    mock.controls.handOutConnectUri(`ws://127.0.0.1:${await closedPort()}/channels/{id}`);
  }),
  'token-too-short': {
    ...atStart(() => undefined),
    options: { orgSocket: {}, mock: { clients: [{ ...ORG_SOCKET_CLIENT, tokenLifetimeSeconds: 600 }] } },
  },
  'auth-refused': {
    ...atStart(({ mock }) => mock.controls.registerOrigins(['https://elsewhere.example.com'])),
    options: LENIENT,
  },
  'scope-missing': {
    ...atStart(({ mock }) => mock.controls.denyScope(WEBSOCKET_SCOPE)),
    options: ORG_SOCKET,
  },
  'subscription-refused': {
    ...atStart(() => undefined),
    options: { ...LENIENT, orgSocket: { eventTypes: ['conversation:conversation:answered'] } },
  },
  'handshake-unanswered': {
    ...atStart(({ mock }) =>
      mock.controls.onMoment(({ moment, socket }) => {
        if (moment === 'connect') socket?.stall({ heartbeats: false, data: true });
      }),
    ),
    options: ORG_SOCKET,
  },
  'server-error': {
    ...whenLive(({ mock }) => mock.controls.send('{"type":"error","message":"out of order"}')),
    options: ORG_SOCKET,
  },
  'heartbeat-missed': whenLive(async ({ mock, elapse }) => {
    mock.controls.stall();
    await elapse(40_000);
  }),
  'socket-closed': whenLive(({ mock }) => mock.controls.drop()),
  'frame-over-limit': whenLive(({ mock }) => mock.controls.send('x'.repeat(16 * 1024 * 1024 + 1))),
  'server-closing': whenLive(({ mock }) => mock.controls.announceClosing()),
  'channel-gone': whenLive(({ mock, connected }) => connected().map(({ id }) => mock.controls.evict(id))),
  'channel-taken': whenLive(({ mock }) =>
    mock.controls.send('{"topicName":"v2.system.no_longer_subscribed","version":"2","eventBody":{}}'),
  ),
  'token-revoked': whenLive(({ mock }) => mock.controls.endTokens('revoked')),
  'token-expiring': {
    options: { mock: { clients: [{ ...DEFAULT_CLIENT, tokenLifetimeSeconds: 300 }] } },
    ...whenLive(({ elapse }) => elapse(240_000)),
  },
  'channel-expiring': {
    options: { mock: { channelLifeMs: 20 * 60_000 } },
    ...whenLive(({ elapse }) => elapse(16 * 60_000)),
  },
  'credentials-rotated': {
    options: { credentials: rotatedLater(), mock: { clients: [DEFAULT_CLIENT, OTHER_CLIENT] } },
    ...whenLive(({ elapse }) => elapse(5 * 60_000)),
  },
  'internal-error': unreadable(() => new TypeError('nobody foresaw this')),
};

const LEADS_TO = {
  stop: 'stopped',
  'await-credentials': 'stopped',
  'back-off': 'backing-off',
  reconnect: 'authenticating',
  'new-token': 'authenticating',
} as const;

const ALL_REASONS = Object.keys(SCENARIOS).filter((name): name is EndReason => name in RECOVERIES);
const HANDED_OVER = ALL_REASONS.filter((reason) => RECOVERIES[reason].next === 'hand-over');
const REASONS = ALL_REASONS.filter((reason) => !HANDED_OVER.includes(reason));
const FOLLOWED_BY_ANOTHER = REASONS.filter(
  (reason) =>
    SCENARIOS[reason].from === 'live' &&
    RECOVERIES[reason].next !== 'stop' &&
    SCENARIOS[reason].options?.orgSocket === undefined,
);

describe('every reason for a connection to end', () => {
  it.each(REASONS)('%s leads where the table of recoveries says', async (reason) => {
    const harness = await bringAbout(reason);
    await harness.elapseUntil(() => harness.endings().length > 0);
    expect(harness.endings()[0]).toBe(reason);
    if (reason === 'internal-error') expect(harness.metrics.total('InternalErrors')).toBeGreaterThan(0);
    else expect(harness.metrics.total('InternalErrors')).toBe(0);

    const { next, planned, meaning } = RECOVERIES[reason];
    const closing = harness.changes.findIndex(({ state }) => state === 'closing');
    if (next === 'hand-over') throw new Error(`${reason} is no ending`);
    expect(harness.changes[closing + 1]?.state).toBe(LEADS_TO[next]);
    const [line] = harness.logged('connection ended: ');
    const level = planned ? 'info' : 'warn';
    expect(line).toMatchObject({ level, reason, msg: `connection ended: ${meaning}` });
    expect(String(line?.['detail'])).not.toBe('');
  });

  it.each(FOLLOWED_BY_ANOTHER)('%s: the next connection has the channel of the table', async (reason) => {
    const harness = await bringAbout(reason);
    await harness.elapseUntil(() => harness.states().filter((state) => state === 'live').length === 2);
    await until(() => harness.connected().length === 1);
    const [present] = harness.connected();
    expect(present?.id === harness.firstChannelId).toBe(RECOVERIES[reason].channel === 'keep');
    expect(present?.subscriptions).toHaveLength(3);

    const seen = harness.notifications.length;
    for (let n = 0; n < 10; n++) harness.centre.step();
    await until(() => harness.notifications.length > seen);
  });
});

describe('every reason to hand over', () => {
  it.each(HANDED_OVER)('%s: the new connection works before the old one is left', async (reason) => {
    const harness = await bringAbout(reason);
    await harness.elapseUntil(() => harness.metrics.total('HandoversCompleted') === 1);
    expect(harness.changes.slice(4)).toEqual([
      { previousState: 'live', state: 'handing-over', reason },
      { previousState: 'handing-over', state: 'live', reason },
    ]);
    await until(() => harness.connected().length === 1);
    const [present] = harness.connected();
    expect(present?.id).not.toBe(harness.firstChannelId);
    expect(present?.subscriptions).toHaveLength(3);
    expect(harness.logged('handing over: ')[0]).toMatchObject({
      level: 'info',
      reason,
      msg: `handing over: ${RECOVERIES[reason].meaning}`,
    });
    expect(harness.endings()).toEqual([]);

    const seen = harness.notifications.length;
    for (let n = 0; n < 10; n++) harness.centre.step();
    await until(() => harness.notifications.length > seen);
  });
});

async function bringAbout(reason: EndReason) {
  const { from, options, provoke } = SCENARIOS[reason];
  const harness = await createSession(options);
  if (from === 'live') await harness.goLive();
  const firstChannelId = harness.connected()[0]?.id;
  await provoke(harness);
  if (from === 'start') harness.session.start();
  return { ...harness, firstChannelId };
}

function whenLive(provoke: Scenario['provoke']): Scenario {
  return { from: 'live', provoke };
}

function atStart(provoke: Scenario['provoke']): Scenario {
  return { from: 'start', provoke };
}

function unreadable(error: () => Error): Scenario {
  const read = async () => {
    throw error();
  };
  const credentials: CredentialsSource = { description: 'a test', read };
  return { ...atStart(() => undefined), options: { credentials } };
}

/** The first login has the credentials of one client, those after it of another. */
function rotatedLater(): CredentialsSource {
  let reads = 0;
  const of = ({ id, secret }: typeof DEFAULT_CLIENT) => ({ clientId: id, clientSecret: secret });
  const read = async () => of(reads++ === 0 ? DEFAULT_CLIENT : OTHER_CLIENT);
  return { description: 'a test', read };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}
