import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ORG_SOCKET_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { createSession, type SessionHarnessOptions } from '../session/harness.ts';

const org = (options: SessionHarnessOptions = {}) => createSession({ orgSocket: {}, ...options });
const switches = (given: NonNullable<SessionHarnessOptions['mock']>['switches']) => ({
  mock: { clients: [ORG_SOCKET_CLIENT], switches: given ?? {} },
});

/** A server that does what a test says, for what the mock never would. */
async function script(
  onMessage: (message: string, socket: WebSocket) => void,
  options: { readonly autoPong?: boolean } = {},
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  onTestFinished(() => server.close());
  const upgrades: Record<string, unknown>[] = [];
  const messages: string[] = [];
  server.on('connection', (socket, request) => {
    upgrades.push({ ...request.headers });
    socket.on('message', (data) => {
      messages.push(String(data));
      onMessage(String(data), socket);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, upgrades, messages, url: `ws://127.0.0.1:${port}/websocket` };
}

const politely = (message: string, socket: WebSocket) => {
  const { type, id } = JSON.parse(message);
  socket.send(JSON.stringify(type === 'auth' ? { type: 'auth-success' } : { type: 'confirmation', id }));
};

describe('the org socket', () => {
  it.each([
    { authSuccessScopes: 'array', confirmation: 'confirmation', filterEntities: 'required' },
    { authSuccessScopes: 'text', confirmation: 'subscribe-success', filterEntities: 'optional' },
  ] as const)('goes live and brings every update of every conversation ($confirmation)', async (given) => {
    const { goLive, mock, centre, notifications, refused } = await org(switches(given));
    await goLive();
    for (let n = 0; n < 50; n++) centre.step();
    await until(() => mock.record.written > 20 && notifications.length === mock.record.written);
    expect(refused).toEqual([]);
    const bodies = [...mock.record].map(({ text }) => text.slice(text.indexOf('"data":') + 7, -1));
    expect(notifications.map(({ bodyText }) => bodyText)).toEqual(bodies);
    expect(mock.controls.channels()).toEqual([]);
  });

  it('brings only the conversations that are asked for', async () => {
    // The contact centre is seeded, so the first conversation of one run is that of the next.
    const first = await org();
    await first.goLive();
    for (let n = 0; n < 20; n++) first.centre.step();
    await until(() => first.notifications.length > 5);
    const wanted = [...first.mock.record][0]?.conversationId ?? '';

    const { goLive, mock, centre, notifications } = await org({ orgSocket: { conversations: [wanted] } });
    await goLive();
    for (let n = 0; n < 40; n++) centre.step();
    await until(() => notifications.length > 1 && notifications.length === mock.record.written);
    expect(new Set([...mock.record].map(({ conversationId }) => conversationId))).toEqual(new Set([wanted]));
  });

  it('is sent Origin and User-Agent, then auth, then subscribe, as the protocol has them', async () => {
    const { url, upgrades, messages } = await script(politely);
    const eventTypes = ['conversation:conversation:updated', 'a:b:c'];
    const { goLive, tokens } = await org({ orgSocket: { url, eventTypes, userAgent: 'someone/1' } });
    await goLive();
    expect(upgrades).toEqual([
      expect.objectContaining({ origin: 'https://bridge.example.com', 'user-agent': 'someone/1' }),
    ]);
    expect(messages).toEqual([
      JSON.stringify({ type: 'auth', data: { token: (await tokens.token()).value } }),
      `{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated","a:b:c"],"entities":[]}}`,
    ]);
  });

  it('never has its token in a log line, whatever the server repeats', async () => {
    const { url } = await script((message, socket) =>
      socket.send(JSON.stringify({ type: 'error', message })),
    );
    const { session, tokens, endings, lines } = await org({ orgSocket: { url } });
    session.start();
    const { value } = await tokens.token();
    await until(() => session.state === 'stopped');
    expect(endings()).toEqual(['auth-refused', 'auth-refused']);
    expect(JSON.stringify(lines)).toContain('"reason":"auth-refused"');
    expect(JSON.stringify(lines)).not.toContain(value);
  });

  it('tells of an event type that the confirmation leaves out', async () => {
    const { url } = await script((message, socket) => {
      if (message.includes('"auth"')) return politely(message, socket);
      socket.send('{"type":"confirmation","filter":{"eventTypes":["conversation:conversation:updated"]}}');
    });
    const { goLive, logged } = await org({
      orgSocket: { url, eventTypes: ['conversation:conversation:updated', 'a:b:c'] },
    });
    await goLive();
    expect(logged('topic refused')).toEqual([expect.objectContaining({ topic: 'a:b:c' })]);
  });

  it('that confirms nothing of what was asked for is not taken for live', async () => {
    const { url } = await script((message, socket) => {
      if (message.includes('"auth"')) return politely(message, socket);
      socket.send('{"type":"confirmation","filter":{"eventTypes":["a:b:c"]}}');
    });
    const { session, endings } = await org({ orgSocket: { url } });
    session.start();
    await until(() => session.state === 'stopped');
    expect(endings()).toEqual(['no-topic-permitted']);
  });

  it('that has not confirmed in time is left, though it answers pings', async () => {
    const { url } = await script((message, socket) => {
      if (message.includes('"auth"')) politely(message, socket);
    });
    const { session, clock, endings, logged } = await org({ orgSocket: { url } });
    session.start();
    await until(() => session.state === 'subscribing');
    await clock.advance(9_999);
    expect(session.state).toBe('subscribing');
    await clock.advance(1);
    await until(() => session.state === 'backing-off');
    expect(endings()).toEqual(['handshake-unanswered']);
    expect(logged('connection ended')[0]?.['detail']).toBe('no answer to subscribe within 10 s');
  });

  it('can be stopped while it owes an answer, and leaves no timer behind', async () => {
    const { url, server, messages } = await script(() => undefined);
    const { session, listenerClock, endings } = await org({ orgSocket: { url } });
    session.start();
    await until(() => messages.length === 1);
    await session.stop();
    await until(() => server.clients.size === 0);
    expect(endings()).toEqual(['stop-requested']);
    expect(listenerClock.pending).toBe(0);
  });
});

describe('a cut without a close frame', () => {
  it('right after the confirmation names the last words each way', async () => {
    // An nbf ahead of the server's clock: acknowledged, then cut.
    const { mock, session, clock, endings, states, logged } = await org();
    mock.controls.spoilTokens({ notBeforeAheadSeconds: 60 });
    session.start();
    await until(() => session.state === 'live');
    await clock.advance(5);
    await until(() => session.state === 'backing-off');
    expect(states()).toContain('live');
    expect(endings()).toEqual(['socket-closed']);
    expect(logged('connection ended')[0]).toMatchObject({
      closeCode: 1006,
      detail:
        'no close frame came; last sent: subscribe 5 ms before; last received: confirmation 5 ms before',
    });
  });

  it('instead of an answer to auth says so, too', async () => {
    const { mock, session, endings, logged } = await org();
    mock.controls.onMoment(({ moment, socket }) => {
      if (moment === 'auth') socket?.drop();
    });
    session.start();
    await until(() => session.state === 'backing-off');
    expect(endings()).toEqual(['socket-closed']);
    expect(logged('connection ended')[0]).toMatchObject({
      closeCode: 1006,
      detail: 'no close frame came; last sent: auth 0 ms before; last received: nothing',
    });
  });

  it('while live comes back by itself, and nothing of the new connection is missed', async () => {
    const { mock, goLive, elapseUntil, session, states, centre, notifications } = await org();
    await goLive();
    mock.controls.drop();
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    const [seen, written] = [notifications.length, mock.record.written];
    for (let n = 0; n < 20; n++) centre.step();
    await until(() => mock.record.written > written);
    await until(() => notifications.length - seen === mock.record.written - written);
    expect(session.state).toBe('live');
  });
});

describe('pings of the protocol', () => {
  it('keep a silent connection for as long as they are answered', async () => {
    const { session, goLive, elapse, endings } = await org();
    await goLive();
    await elapse(10 * 60_000, 5_000);
    expect(session.state).toBe('live');
    expect(endings()).toEqual([]);
  });

  it('are sent after 25 s of silence; with no pong the socket is terminated after 40 s', async () => {
    const { url, server } = await script(politely, { autoPong: false });
    const { session, goLive, clock, endings, metrics } = await org({ orgSocket: { url } });
    let pings = 0;
    server.on('connection', (socket) => socket.on('ping', () => pings++));
    await goLive();
    await clock.advance(25_000);
    await until(() => pings === 1);
    await clock.advance(14_999);
    expect(session.state).toBe('live');
    await clock.advance(1);
    expect(session.state).toBe('backing-off');
    expect(endings()).toEqual(['heartbeat-missed']);
    expect(metrics.total('HeartbeatsMissed')).toBe(1);
  });

  it('of the server are signs of life, too', async () => {
    const { url, server } = await script(politely);
    const { session, goLive, clock } = await org({ orgSocket: { url } });
    await goLive();
    for (let n = 0; n < 5; n++) {
      for (const socket of server.clients)
        await new Promise<void>((resolve) => {
          socket.once('pong', () => resolve());
          socket.ping();
        });
      await clock.advance(24_000);
    }
    expect(session.state).toBe('live');
  });
});

describe('the token', () => {
  it('is a new one when the present one has less than ten minutes left', async () => {
    const clients = [{ ...ORG_SOCKET_CLIENT, tokenLifetimeSeconds: 900 }];
    const { mock, goLive, elapse, elapseUntil, tokens, states } = await org({ mock: { clients } });
    await goLive();
    const first = await tokens.token();
    await elapse(400_000, 5_000);
    mock.controls.drop();
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect((await tokens.token()).value).not.toBe(first.value);
  });

  it('stays the same when it has', async () => {
    const { mock, goLive, elapse, elapseUntil, tokens, states } = await org();
    await goLive();
    const first = await tokens.token();
    await elapse(60_000, 5_000);
    mock.controls.drop();
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect((await tokens.token()).value).toBe(first.value);
  });

  it('that is too short even when new is never shown to the server', async () => {
    const { url, messages } = await script(politely);
    const { session, logged } = await org({
      orgSocket: { url },
      mock: { clients: [{ ...ORG_SOCKET_CLIENT, tokenLifetimeSeconds: 600 }] },
    });
    session.start();
    await until(() => session.state === 'stopped');
    expect(messages).toEqual([]);
    expect(logged('connection ended')[0]?.['detail']).toBe(
      'a new token lives 599 s, 600 s are needed: raise the token duration of the OAuth client',
    );
  });

  it('without the scope gets one new login, then the session waits', async () => {
    const { mock, session, endings, logged } = await org();
    mock.controls.denyScope('notification:websocket:read');
    session.start();
    await until(() => session.state === 'stopped');
    expect(endings()).toEqual(['scope-missing', 'scope-missing']);
    expect(logged('connection ended')[0]?.['detail']).toMatch(
      /^the token has the scopes notifications, .*, not notification:websocket:read: give it to the OAuth client$/,
    );
  });

  it('is trusted when the server does not say its scopes', async () => {
    const { url } = await script(politely);
    const { session, goLive } = await org({ orgSocket: { url } });
    await goLive();
    expect(session.state).toBe('live');
  });

  it('revoked while live, as the server tells it, leads to a new login', async () => {
    const { mock, goLive, elapseUntil, endings, states } = await org(
      switches({ jwtValidationMode: 'lenient' }),
    );
    await goLive();
    mock.controls.endTokens('revoked');
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect(endings()).toEqual(['token-revoked']);
  });
});

describe('what the server says is wrong', () => {
  it.each([
    {
      what: 'the origin',
      settings: { origin: 'https://elsewhere.example.com' },
      reasons: ['auth-refused', 'auth-refused'],
      detail: /^origin\.not\.registered: The Origin https:\/\/elsewhere\.example\.com is not registered/,
    },
    {
      what: 'the event type',
      settings: { eventTypes: ['conversation:conversation:answered'] },
      reasons: ['subscription-refused'],
      detail: /^subscription\.bad\.event\.type: There is no event type "conversation:conversation:answered"/,
    },
  ])('is told in the log: $what', async ({ settings, reasons, detail }) => {
    const { session, endings, logged } = await org({
      ...switches({ jwtValidationMode: 'lenient' }),
      orgSocket: settings,
    });
    session.start();
    await until(() => session.state === 'stopped');
    expect(endings()).toEqual(reasons);
    expect(logged('connection ended')[0]?.['detail']).toMatch(detail);
  });
});
