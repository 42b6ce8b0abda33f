import { describe, expect, it } from 'vitest';
import { authenticated, ORIGIN, OrgClient, SUBSCRIBE, startOrgMock } from './harness.ts';

const SCOPES = ['notifications', 'notification:websocket:read', 'view:conversation', 'view:notification'];

/** A client that is subscribed to conversations. */
async function subscribed(
  started: Awaited<ReturnType<typeof startOrgMock>>,
  entities: readonly string[] = [],
) {
  const client = await authenticated(started);
  const filter = { eventTypes: ['conversation:conversation:updated'], entities };
  client.send(JSON.stringify({ id: 'sub', type: 'subscribe', filter }));
  await client.next();
  return client;
}

describe('the org socket', () => {
  it('tells the scopes of a token, and confirms a subscription', async () => {
    const { mock, login } = await startOrgMock();
    const client = await OrgClient.open(mock.orgSocketUrl);
    client.auth(await login());
    expect(await client.next()).toEqual({ type: 'auth-success', scopes: SCOPES });
    client.send(SUBSCRIBE);
    expect(await client.next()).toEqual({
      type: 'confirmation',
      id: 'ws-sub-001',
      filter: { eventTypes: ['conversation:conversation:updated'], entities: [] },
    });
    expect(await client.ping()).toBe('pong');
  });

  it('answers as older servers do when the switches say so', async () => {
    const { mock, login } = await startOrgMock({
      confirmation: 'subscribe-success',
      authSuccessScopes: 'text',
    });
    const client = await OrgClient.open(mock.orgSocketUrl);
    client.auth(await login());
    expect(await client.next()).toEqual({ type: 'auth-success', scope: SCOPES.join(' ') });
    client.send(SUBSCRIBE);
    expect(await client.next()).toMatchObject({ type: 'subscribe-success', id: 'ws-sub-001' });
  });

  it('is found with the id of the organisation in the path and without, and nowhere else', async () => {
    const { mock } = await startOrgMock();
    const base = mock.url.replace('http', 'ws');
    await expect(OrgClient.open(`${base}/${mock.orgId}/websocket`)).resolves.toBeDefined();
    await expect(OrgClient.open(`${base}/another/websocket`)).rejects.toThrow('404');
    await expect(OrgClient.open(`${base}/websockets`)).rejects.toThrow('404');
  });

  it('wants a User-Agent, or not, by a switch', async () => {
    const wanting = await startOrgMock();
    await expect(OrgClient.open(wanting.mock.orgSocketUrl, { origin: ORIGIN })).rejects.toThrow('403');
    const { mock } = await startOrgMock({ userAgentHeader: 'optional' });
    await expect(OrgClient.open(mock.orgSocketUrl, { origin: ORIGIN })).resolves.toBeDefined();
  });

  it('is refused and cut like other sockets by the controls', async () => {
    const started = await startOrgMock();
    started.mock.controls.refuseNextUpgrades(502);
    await expect(OrgClient.open(started.mock.orgSocketUrl)).rejects.toThrow('502');
    const client = await authenticated(started);
    expect(started.mock.controls.reset()).toBe(1);
    expect(await client.closed()).toBe(1006);
  });

  it('takes another token on the same connection, and keeps the subscriptions', async () => {
    const started = await startOrgMock();
    const client = await subscribed(started);
    client.auth(await started.login());
    expect(await client.next()).toMatchObject({ type: 'auth-success' });
    started.contactCentre.step();
    expect(await client.next()).toMatchObject({ type: 'event', id: 'sub' });
  });
});

describe('its events', () => {
  it('carry every update of every conversation, whole, under the id of the subscription', async () => {
    const started = await startOrgMock();
    const client = await subscribed(started);
    const changes: (string | undefined)[] = [];
    started.contactCentre.on('change', ({ conversation }) => {
      if (conversation) changes.push(conversation());
    });
    for (let step = 0; step < 30; step += 1) started.contactCentre.step();
    await client.ping();
    expect(client.unread).toHaveLength(30);
    expect(client.unread.map(({ data }) => JSON.stringify(data))).toEqual(changes);
    for (const event of client.unread)
      expect(event).toMatchObject({
        type: 'event',
        event_type: 'conversation:conversation:updated',
        id: 'sub',
        data: { id: expect.any(String), participants: expect.any(Array) },
      });
  });

  it('are those of the given conversations only', async () => {
    const started = await startOrgMock();
    for (let step = 0; step < 12; step += 1) started.contactCentre.step();
    const [wanted = ''] = started.contactCentre.openConversationIds();
    const client = await subscribed(started, [wanted]);
    for (let step = 0; step < 60; step += 1) started.contactCentre.step();
    await client.ping();
    expect(client.unread.length).toBeGreaterThan(1);
    expect(new Set(client.unread.map(({ data }) => Reflect.get(Object(data), 'id')))).toEqual(
      new Set([wanted]),
    );
  });

  it('are recorded as they were written', async () => {
    const started = await startOrgMock();
    const client = await subscribed(started);
    for (let step = 0; step < 5; step += 1) started.contactCentre.step();
    await client.ping();
    expect([...started.mock.record].map(({ text }) => JSON.parse(text))).toEqual(client.unread);
  });
});

describe('in lenient mode', () => {
  it('names each fault of a subscription, and stays open for a better one', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    const client = await authenticated(started);
    client.send('{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}');
    expect(await client.next()).toMatchObject({ type: 'error', code: 'subscription.duplicate.key' });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'subscription.no.type' });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'subscription.no.filter' });
    client.send(SUBSCRIBE);
    expect(await client.next()).toMatchObject({ type: 'confirmation', id: 'ws-sub-001' });
  });

  it.each([
    ['a message before the token', SUBSCRIBE, 'auth.missing'],
    ['a token that stands at the top', '{"type":"auth","token":"x"}', 'auth.malformed'],
    ['a token that is there twice', '{"type":"auth","data":{"token":"x","token":"y"}}', 'auth.malformed'],
    ['a raw string', '"token"', 'auth.missing'],
    ['no JWT', '{"type":"auth","data":{"token":"x"}}', 'token.invalid'],
  ])('names %s', async (_what, message, code) => {
    const { mock } = await startOrgMock({ jwtValidationMode: 'lenient' });
    const client = await OrgClient.open(mock.orgSocketUrl);
    client.send(message);
    expect(await client.next()).toEqual({ type: 'error', code, message: expect.any(String) });
    expect(await client.ping()).toBe('pong');
  });

  it('tells a client whose token is revoked, and wants another', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    const client = await subscribed(started);
    started.mock.controls.endTokens('revoked');
    expect(await client.next()).toMatchObject({ type: 'error', code: 'token.revoked' });
    started.contactCentre.step();
    client.send(SUBSCRIBE);
    expect(await client.next()).toMatchObject({ code: 'auth.missing' });
  });
});
