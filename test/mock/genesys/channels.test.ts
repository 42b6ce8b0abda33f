import { describe, expect, it } from 'vitest';
import type { Switches } from '../../../mock/genesys/switches.ts';
import { startMock, TestSocket } from './harness.ts';

const HOUR = 3_600_000;

describe('a channel', () => {
  it('has an address on the same port and 24 hours to live', async () => {
    const { mock, clock, createChannel } = await startMock();
    const channel = await createChannel();
    expect(channel.connectUri).toBe(`${mock.url.replace('http', 'ws')}/channels/${channel.id}`);
    expect(channel.id).toMatch(/^streaming-\d-\w{26,}$/);
    expect(Date.parse(channel.expires)).toBe(clock.now() + 24 * HOUR);
  });

  it('may be handed out with a foreign address', async () => {
    const { mock, createChannel } = await startMock();
    mock.controls.handOutConnectUri('wss://streaming.example.com/channels/{id}');
    const channel = await createChannel();
    expect(channel.connectUri).toBe(`wss://streaming.example.com/channels/${channel.id}`);
    mock.controls.handOutConnectUri();
    expect((await createChannel()).connectUri).toContain(mock.url.slice('http'.length));
  });

  it('can be checked for, and is gone after 24 hours', async () => {
    const { api, clock, createChannel } = await startMock({ clients: [LONG_LIVED] });
    const { id } = await createChannel();
    await clock.advance(24 * HOUR - 1);
    expect((await api('HEAD', `/api/v2/notifications/channels/${id}`)).status).toBe(200);
    await clock.advance(1);
    expect((await api('HEAD', `/api/v2/notifications/channels/${id}`)).status).toBe(404);
    expect((await api('HEAD', '/api/v2/notifications/channels/made-up')).status).toBe(404);
  });

  it.each<[string, Switches['renewedBy'], boolean]>([
    ['PUT', 'put', true],
    ['POST', 'put', false],
    ['PUT', 'put-and-post', true],
    ['POST', 'put-and-post', true],
  ])('is renewed by %s when the switch says %s: %s', async (method, renewedBy, renewed) => {
    const { api, clock, createChannel, subscribe } = await startMock({
      clients: [LONG_LIVED],
      switches: { renewedBy },
    });
    const { id } = await createChannel();
    await clock.advance(23 * HOUR);
    await subscribe(id, [], '', method);
    await clock.advance(2 * HOUR);
    const answer = await api('HEAD', `/api/v2/notifications/channels/${id}`);
    expect(answer.status).toBe(renewed ? 200 : 404);
  });

  it.each<[Switches['renewedExpires'], number]>([
    ['moves', 47],
    ['stays', 24],
  ])('shows an expiry that %s when it is renewed', async (renewedExpires, hours) => {
    const { api, clock, createChannel, subscribe } = await startMock({
      clients: [LONG_LIVED],
      switches: { renewedExpires },
    });
    const start = clock.now();
    const { id } = await createChannel();
    await clock.advance(23 * HOUR);
    await subscribe(id, [], '', 'PUT');
    const list = await api('GET', '/api/v2/notifications/channels');
    expect(list.body).toMatchObject({
      entities: [{ id, expires: new Date(start + hours * HOUR).toISOString() }],
    });
  });

  it("is seen by its own token; ids of the client's other tokens are hidden", async () => {
    const { mock, api, login, createChannel } = await startMock();
    const own = await createChannel();
    const other = await createChannel(await login());
    expect((await api('GET', '/api/v2/notifications/channels')).body['entities']).toMatchObject([
      { id: own.id },
    ]);
    const all = await api('GET', '/api/v2/notifications/channels?includechannels=oauthclient');
    expect(all.body['entities']).toEqual([own, { expires: own.expires }]);
    mock.controls.switches.channelsOfOtherTokens = 'shown';
    const shown = await api('GET', '/api/v2/notifications/channels?includechannels=oauthclient');
    expect(shown.body['entities']).toEqual([own, other]);
  });

  it('can be used by another token of its client, and not by another client', async () => {
    const other = { ...LONG_LIVED, id: 'other' };
    const { api, login, createChannel } = await startMock({ clients: [LONG_LIVED, other] });
    const { id } = await createChannel();
    const path = `/api/v2/notifications/channels/${id}/subscriptions`;
    expect((await api('GET', path, undefined, await login(LONG_LIVED))).status).toBe(200);
    expect((await api('GET', path, undefined, await login(other))).status).toBe(404);
  });
});

describe('the limit of 20 channels', () => {
  it('removes unconnected channels first, then the one used longest ago', async () => {
    const { mock, createChannel, subscribe } = await startMock();
    const made = [];
    for (let count = 0; count < 20; count += 1) made.push(await createChannel());
    const [connected, refreshed, unused] = made;
    const alive = () => mock.controls.channels().map(({ id }) => id);
    expect(alive()).toHaveLength(20);

    await TestSocket.open(connected?.connectUri ?? '');
    for (const { id } of made.slice(1)) await subscribe(id, []);
    await subscribe(refreshed?.id ?? '', []);
    // Longest unused is the connected one, then the one that was not refreshed a second time.
    await createChannel();
    expect(alive()).toHaveLength(20);
    expect(alive()).toContain(connected?.id);
    expect(alive()).toContain(refreshed?.id);
    expect(alive()).not.toContain(unused?.id);
  });

  it('removes a connected channel when all are connected, and tells its socket', async () => {
    const { mock, createChannel } = await startMock();
    const sockets = [];
    for (let count = 0; count < 20; count += 1) {
      sockets.push(await TestSocket.open((await createChannel()).connectUri));
    }
    const first = mock.controls.channels()[0]?.id;
    await createChannel();
    expect(await sockets[0]?.next()).toEqual({ result: '404', message: 'Channel not found' });
    expect((await sockets[0]?.closed)?.code).toBe(1001);
    expect(mock.controls.channels().map(({ id }) => id)).not.toContain(first);
  });

  it('counts for a client, or for a token by a switch', async () => {
    for (const [channelLimitPer, count] of [
      ['client', 20],
      ['token', 21],
    ] as const) {
      const { mock, login, createChannel } = await startMock({ switches: { channelLimitPer } });
      for (let made = 0; made < 20; made += 1) await createChannel();
      await createChannel(await login());
      expect(mock.controls.channels()).toHaveLength(count);
    }
  });

  it('can be played without 21 channels', async () => {
    const { mock, createChannel } = await startMock();
    const { id } = await createChannel();
    expect(mock.controls.evict(id)).toBe(true);
    expect(mock.controls.evict(id)).toBe(false);
    expect(mock.controls.channels()).toEqual([]);
  });
});

const LONG_LIVED = {
  id: 'mock-client-id',
  secret: 'mock-client-secret',
  permissions: 'all',
  tokenLifetimeSeconds: 172_800,
} as const;
