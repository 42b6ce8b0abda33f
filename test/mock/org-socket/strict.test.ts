import { describe, expect, it } from 'vitest';
import { ORG_SOCKET_CLIENT } from '../../../mock/genesys/server.ts';
import type { Switches } from '../../../mock/genesys/switches.ts';
import { authenticated, ORIGIN, OrgClient, type OrgMock, SUBSCRIBE, startOrgMock } from './harness.ts';

/** Faults of the token and of who shows it: how to bring them about, and what lenient mode calls them. */
const AUTH_FAULTS: readonly [string, (mock: OrgMock['mock']) => unknown, string][] = [
  [
    'a scope missing',
    ({ controls }) => controls.denyScope('notification:websocket:read'),
    'token.scope.missing',
  ],
  ['599 seconds left', ({ controls }) => controls.spoilTokens({ lifetimeSeconds: 599 }), 'token.too.short'],
  ['nbf ahead', ({ controls }) => controls.spoilTokens({ notBeforeAheadSeconds: 1 }), 'token.not.yet.valid'],
  [
    'an Origin of others',
    ({ controls }) => controls.registerOrigins(['https://a.example']),
    'origin.not.registered',
  ],
];

const DEAD_TOKENS: readonly [string, (mock: OrgMock['mock']) => unknown, string][] = [
  ["a stranger's signature", ({ controls }) => controls.spoilTokens({ forged: true }), 'token.invalid'],
  ['exp behind', ({ controls }) => controls.spoilTokens({ lifetimeSeconds: -1 }), 'token.expired'],
];

/** Subscriptions that must not be sent, and what lenient mode calls them. */
const SUBSCRIBE_FAULTS: readonly [string, string, string][] = [
  ['no filter', '{"id":"a","type":"subscribe"}', 'subscription.no.filter'],
  ['an unknown event type', SUBSCRIBE.replace(':updated', ''), 'subscription.bad.event.type'],
  ['no id', SUBSCRIBE.replace('"id":"ws-sub-001",', ''), 'subscription.no.id'],
  ['no type', SUBSCRIBE.replace('"type":"subscribe",', ''), 'subscription.no.type'],
  ['a duplicate key', SUBSCRIBE.replace('{', '{"id":"x",'), 'subscription.duplicate.key'],
  ['a raw string', JSON.stringify(SUBSCRIBE), 'subscription.raw.string'],
  ['an empty payload', '', 'subscription.empty'],
  ['a trailing comma', SUBSCRIBE.replace('[]', '[],'), 'subscription.malformed'],
];

async function show(started: OrgMock, token?: string): Promise<OrgClient> {
  const client = await OrgClient.open(started.mock.orgSocketUrl);
  client.auth(token ?? (await started.login()));
  return client;
}

describe('strict mode that cuts at once', () => {
  const strict: Partial<Switches> = { strictCut: 'at-once' };

  it.each([...AUTH_FAULTS, ...DEAD_TOKENS])('cuts at a token with %s', async (_what, spoil) => {
    const started = await startOrgMock(strict);
    spoil(started.mock);
    const client = await show(started);
    expect(await client.closed()).toBe(1006);
    expect(client.unread).toEqual([]);
  });

  it.each(SUBSCRIBE_FAULTS)('cuts at a subscription with %s', async (_what, message) => {
    const client = await authenticated(await startOrgMock(strict));
    client.send(message);
    expect(await client.closed()).toBe(1006);
    expect(client.unread).toEqual([]);
  });

  it('cuts at a subscription before the token', async () => {
    const { mock } = await startOrgMock(strict);
    const client = await OrgClient.open(mock.orgSocketUrl);
    client.send(SUBSCRIBE);
    expect(await client.closed()).toBe(1006);
  });

  it('cuts at a subscription to conversations that the client may not see', async () => {
    const started = await startOrgMock(strict);
    started.mock.controls.deny('conversation:communication:view');
    const client = await show(started);
    expect(await client.next()).toMatchObject({
      type: 'auth-success',
      scopes: ['notifications', 'notification:websocket:read', 'view:notification'],
    });
    client.send(SUBSCRIBE);
    expect(await client.closed()).toBe(1006);
  });
});

describe('strict mode that cuts after the confirmation', () => {
  const strict: Partial<Switches> = { confirmation: 'subscribe-success', strictCutMs: 50 };

  /** The connection is confirmed, lives for 49 ms with no event, and is cut in the 50th. */
  async function expectCutAfterSuccess(started: OrgMock, client: OrgClient): Promise<void> {
    expect(await client.next()).toMatchObject({ type: 'subscribe-success' });
    await started.clock.advance(49);
    started.contactCentre.step();
    expect(await client.ping()).toBe('pong');
    await started.clock.advance(1);
    expect(await client.closed()).toBe(1006);
    expect(client.unread).toEqual([]);
  }

  it.each(AUTH_FAULTS)('confirms all the same with %s', async (_what, spoil) => {
    const started = await startOrgMock(strict);
    spoil(started.mock);
    const client = await show(started);
    expect(await client.next()).toMatchObject({ type: 'auth-success' });
    client.send(SUBSCRIBE);
    await expectCutAfterSuccess(started, client);
  });

  it.each(SUBSCRIBE_FAULTS)('confirms all the same with %s', async (_what, message) => {
    const started = await startOrgMock(strict);
    const client = await authenticated(started);
    client.send(message);
    await expectCutAfterSuccess(started, client);
  });

  it.each(DEAD_TOKENS)('cuts at once with %s, since there is nobody to confirm to', async (_what, spoil) => {
    const started = await startOrgMock(strict);
    spoil(started.mock);
    const client = await show(started);
    expect(await client.closed()).toBe(1006);
    expect(client.unread).toEqual([]);
  });

  it('leaves a connection alone that has no fault', async () => {
    const started = await startOrgMock(strict);
    const client = await authenticated(started);
    client.send(SUBSCRIBE);
    await client.next();
    await started.clock.advance(3_600_000);
    expect(await client.ping()).toBe('pong');
  });

  it('cuts a live connection whose token is revoked', async () => {
    const started = await startOrgMock(strict);
    const client = await authenticated(started);
    started.mock.controls.endTokens('revoked');
    expect(await client.closed()).toBe(1006);
  });
});

describe('lenient mode', () => {
  const lenient: Partial<Switches> = { jwtValidationMode: 'lenient' };

  it.each([...AUTH_FAULTS, ...DEAD_TOKENS])('names %s and stays open', async (_what, spoil, code) => {
    const started = await startOrgMock(lenient);
    spoil(started.mock);
    const client = await show(started);
    expect(await client.next()).toMatchObject({ type: 'error', code, message: expect.any(String) });
    expect(await client.ping()).toBe('pong');
    expect(client.unread).toEqual([]);
  });

  it.each(SUBSCRIBE_FAULTS)('names %s and stays open', async (_what, message, code) => {
    const client = await authenticated(await startOrgMock(lenient));
    client.send(message);
    expect(await client.next()).toMatchObject({ type: 'error', code, message: expect.any(String) });
    expect(await client.ping()).toBe('pong');
    expect(client.unread).toEqual([]);
  });
});

describe('a token at the handshake', () => {
  it('is good with 600 seconds left, and with nbf at this second', async () => {
    const started = await startOrgMock(
      { jwtValidationMode: 'lenient' },
      { clients: [{ ...ORG_SOCKET_CLIENT, tokenLifetimeSeconds: 600 }] },
    );
    const client = await show(started);
    expect(await client.next()).toMatchObject({ type: 'auth-success' });
  });

  it('is judged by the clock of the servers, wherever it stands', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    started.mock.controls.skewClock(-3_600_000);
    const client = await show(started);
    expect(await client.next()).toMatchObject({ type: 'auth-success' });
  });

  it('that was revoked before is no token', async () => {
    const started = await startOrgMock();
    const token = await started.login();
    started.mock.controls.endTokens('revoked');
    const client = await show(started, token);
    expect(await client.closed()).toBe(1006);
  });

  it('comes from an origin, whatever its case; none is not registered', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    const loud = await OrgClient.open(started.mock.orgSocketUrl, {
      origin: ORIGIN.toUpperCase(),
      'user-agent': 'test',
    });
    loud.auth(await started.login());
    expect(await loud.next()).toMatchObject({ type: 'auth-success' });
    const silent = await OrgClient.open(started.mock.orgSocketUrl, { 'user-agent': 'test' });
    silent.auth(await started.login());
    expect(await silent.next()).toMatchObject({ code: 'origin.not.registered' });
  });
});
