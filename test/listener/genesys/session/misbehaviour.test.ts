import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFAULT_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { createSession } from './harness.ts';

describe('the socket', () => {
  it.each([1000, 1001, 1008, 1011, 1012, 4000])('closed with %i is opened again', async (code) => {
    const { mock, goLive, elapseUntil, states, logged } = await createSession();
    await goLive();
    mock.controls.close(code, 'because');
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect(logged('connection ended')[0]).toMatchObject({
      reason: 'socket-closed',
      closeCode: code,
      detail: 'reason "because"',
    });
  });

  it('cut without a close frame is told as 1006', async () => {
    const { mock, goLive, elapseUntil, states, logged } = await createSession();
    await goLive();
    mock.controls.drop();
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect(logged('connection ended')[0]).toMatchObject({ closeCode: 1006, detail: 'no close frame came' });
  });

  it.each([
    { status: 401, reason: 'upgrade-unauthorized' },
    { status: 403, reason: 'upgrade-unauthorized' },
    { status: 404, reason: 'upgrade-refused' },
    { status: 410, reason: 'upgrade-refused' },
    { status: 503, reason: 'upgrade-refused' },
  ])('refused with $status gets a new channel', async ({ status, reason }) => {
    const { mock, session, elapseUntil, endings, logged } = await createSession();
    mock.controls.refuseNextUpgrades(status);
    session.start();
    await elapseUntil(() => session.state === 'live');
    expect(endings()).toEqual([reason]);
    expect(logged('connection ended')[0]?.['detail']).toBe(`the upgrade was answered ${status}`);
    expect(mock.controls.channels()).toHaveLength(2);
  });

  it('is never opened at a foreign host', async () => {
    const trap = new WebSocketServer({ port: 0, host: 'localhost' });
    onTestFinished(() => trap.close());
    let visits = 0;
    trap.on('connection', () => visits++);
    const address = trap.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { mock, session, elapse, elapseUntil, endings, logged } = await createSession();
    // Loopback, so plain ws would be fine, but not the host that was configured.
    mock.controls.handOutConnectUri(`ws://localhost:${port}/channels/{id}`);
    session.start();
    await until(() => session.state === 'backing-off');
    await elapse(60_000);
    expect(visits).toBe(0);
    expect(new Set(endings())).toEqual(new Set(['foreign-connect-uri']));
    expect(logged('connection ended')[0]?.['detail']).toContain('localhost');
    mock.controls.handOutConnectUri();
    await elapseUntil(() => session.state === 'live');
  });

  it('that another connection takes over is replaced by one over a channel of its own', async () => {
    const { mock, goLive, connected, states, endings, elapseUntil } = await createSession({
      mock: { switches: { secondConnectionNotice: 'no_longer_subscribed' } },
    });
    await goLive();
    const [first] = connected();
    const intruder = new WebSocket(`${mock.url.replace('http', 'ws')}/channels/${first?.id}`);
    onTestFinished(() => intruder.terminate());
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect(endings()).toEqual(['channel-taken']);
    expect(intruder.readyState).toBe(WebSocket.OPEN);
    expect(connected()).toHaveLength(2);
  });
});

describe('the channel', () => {
  it.each(['message-and-close', 'message', 'close'] as const)(
    'that was evicted is replaced when the server tells by %s',
    async (deadChannel) => {
      const { mock, goLive, connected, states, elapseUntil } = await createSession({
        mock: { switches: { deadChannel } },
      });
      await goLive();
      const id = connected()[0]?.id ?? '';
      mock.controls.evict(id);
      await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
      expect(connected()[0]?.id).not.toBe(id);
    },
  );

  it('that says so only when it is asked is replaced after the silence', async () => {
    const { mock, goLive, connected, states, elapse, elapseUntil } = await createSession({
      mock: { switches: { deadChannel: 'on-next-message' } },
    });
    await goLive();
    const id = connected()[0]?.id ?? '';
    mock.controls.stall({ heartbeats: true, data: false });
    mock.controls.evict(id);
    await elapse(33_000);
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
  });

  it('is used again eleven times at most, then replaced', async () => {
    const { mock, goLive, connected, states, elapse, elapseUntil } = await createSession();
    await goLive();
    const ids = [connected()[0]?.id];
    for (let n = 2; n <= 12; n++) {
      await elapse(60_000);
      mock.controls.drop();
      await elapseUntil(() => states().filter((state) => state === 'live').length === n);
      await until(() => connected().length === 1);
      ids.push(connected()[0]?.id);
    }
    expect(new Set(ids.slice(0, 11)).size).toBe(1);
    expect(ids[11]).not.toBe(ids[0]);
  });

  it('is left ten minutes before its end', async () => {
    const { elapseUntil, session, goLive, elapse, endings, metrics } = await createSession({
      mock: { channelLifeMs: 60 * 60_000 },
    });
    await goLive();
    await elapse(50 * 60_000 - 30_000);
    expect(session.state).toBe('live');
    expect(metrics.total('HandoversCompleted')).toBe(0);
    await elapse(30_000);
    await elapseUntil(() => metrics.total('HandoversCompleted') === 1);
    expect(endings()).toEqual([]);
  });
});

describe('a token of five minutes', () => {
  it('is renewed in time for an hour, the server never ending a connection', async () => {
    const clients = [{ ...DEFAULT_CLIENT, tokenLifetimeSeconds: 300 }];
    const { session, goLive, elapse, endings, states, connected, metrics } = await createSession({
      mock: { clients },
    });
    await goLive();
    await elapse(60 * 60_000, 2_000);
    await until(() => session.state === 'live');
    expect(endings()).toEqual([]);
    expect(metrics.total('HandoversCompleted')).toBe(15);
    expect(states()).not.toContain('backing-off');
    await until(() => connected().length === 1);
  });
});

describe('a rate limit', () => {
  it.each([
    { call: 'the login', method: 'POST', path: /oauth/ },
    { call: 'creating the channel', method: 'POST', path: /channels$/ },
    { call: 'subscribing', method: 'PUT', path: /subscriptions$/ },
    { call: 'listing queues', method: 'GET', path: /queues$/ },
  ])('on $call is waited for as long as the server says', async ({ method, path }) => {
    const { mock, session, elapse, elapseUntil, settle, endings } = await createSession();
    mock.controls.failNext(method, path, { status: 429, headers: { 'retry-after': '30' } });
    session.start();
    await settle();
    await elapse(29_000, 1_000);
    expect(session.state).not.toBe('live');
    await elapseUntil(() => session.state === 'live');
    expect(endings()).toEqual([]);
  });
});
