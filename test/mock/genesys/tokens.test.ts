import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { ORG_SOCKET_CLIENT } from '../../../mock/genesys/server.ts';
import { basic, startMock } from './harness.ts';

const INTROSPECT = '/api/v2/oauth2/introspect';
const GOOD = basic('mock-client-id', 'mock-client-secret');
const SCOPES = ['notifications', 'notification:websocket:read', 'view:conversation', 'view:notification'];

const startJwtMock = () => startMock({ clients: [ORG_SOCKET_CLIENT] });
type JwtMock = Awaited<ReturnType<typeof startJwtMock>>;

const introspect = ({ request }: JwtMock, token: string, authorization = GOOD) =>
  request('POST', INTROSPECT, { headers: { authorization }, body: new URLSearchParams({ token }) });

describe('a token as JWT', () => {
  it('says whose it is, what for and how long, and is good for the API too', async () => {
    const { token, clock, api } = await startJwtMock();
    const now = clock.now() / 1000;
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(decodeJwt(token)).toEqual({
      iss: expect.any(String),
      jti: expect.any(String),
      client_id: 'mock-client-id',
      scope: SCOPES.join(' '),
      iat: now,
      nbf: now,
      exp: now + 86_400,
    });
    expect((await api('GET', '/api/v2/routing/queues')).status).toBe(200);
  });

  it('is issued wrong as long as it is spoilt', async () => {
    const { mock, login, clock, api } = await startJwtMock();
    const now = clock.now() / 1000;
    const mend = mock.controls.spoilTokens({ notBeforeAheadSeconds: 120 });
    const mendToo = mock.controls.spoilTokens({ lifetimeSeconds: -300 });
    const spoilt = await login();
    expect(decodeJwt(spoilt)).toMatchObject({ nbf: now - 301 + 120, exp: now - 300 });
    expect((await api('GET', '/api/v2/tokens/me', undefined, spoilt)).body).toMatchObject({
      code: 'bad.credentials',
    });
    mend();
    mendToo();
    expect(decodeJwt(await login())).toMatchObject({ nbf: now, exp: now + 86_400 });
  });
});

describe('introspection', () => {
  it('tells what an active token says (RFC 7662)', async () => {
    const started = await startJwtMock();
    const answer = await introspect(started, started.token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ active: true, token_type: 'bearer', ...decodeJwt(started.token) });
  });

  it('knows opaque tokens as well', async () => {
    const started = await startMock();
    expect((await introspect(started, started.token)).body).toMatchObject({
      active: true,
      client_id: 'mock-client-id',
      scope: SCOPES.join(' '),
    });
  });

  it.each<[string, (started: JwtMock) => unknown]>([
    ['revoked', ({ mock }) => mock.controls.endTokens('revoked')],
    ['expired', ({ clock }) => clock.advance(86_400_000)],
  ])('tells of a token that is %s nothing but that', async (_end, end) => {
    const started = await startJwtMock();
    await end(started);
    expect((await introspect(started, started.token)).body).toEqual({ active: false });
    expect((await introspect(started, 'no token at all')).body).toEqual({ active: false });
  });

  it('is for clients only, and for a token', async () => {
    const started = await startJwtMock();
    expect((await introspect(started, started.token, basic('mock-client-id', 'wrong'))).status).toBe(401);
    expect((await introspect(started, started.token, basic('nobody', ''))).status).toBe(400);
    const bearer = await started.api('POST', INTROSPECT, { token: started.token });
    expect(bearer.status).toBe(400);
    const none = await started.request('POST', INTROSPECT, {
      headers: { authorization: GOOD },
      body: new URLSearchParams(),
    });
    expect(none.body).toMatchObject({ error: 'invalid_request' });
  });
});

describe('GET /api/v2/tokens/me', () => {
  it('describes the token to its bearer', async () => {
    const { api, mock } = await startMock();
    const { body } = await api('GET', '/api/v2/tokens/me');
    expect(body).toMatchObject({
      organization: { id: mock.orgId },
      authorizedScope: SCOPES,
      OAuthClient: { id: 'mock-client-id', authorizedGrantType: 'CLIENT_CREDENTIALS', scope: SCOPES },
    });
  });
});

describe('scopes', () => {
  it('are needed for the Notifications API, and can be taken away', async () => {
    const { mock, login, api } = await startMock();
    mock.controls.denyScope('notifications');
    const poor = await login();
    expect(await api('POST', '/api/v2/notifications/channels', undefined, poor)).toMatchObject({
      status: 403,
      body: {
        code: 'app.not.authorized.for.scope',
        message: 'App not authorized to use scope [notifications]',
      },
    });
    expect((await api('GET', '/api/v2/routing/queues', undefined, poor)).status).toBe(200);
    mock.controls.allowScope('notifications');
    expect((await api('POST', '/api/v2/notifications/channels', undefined, await login())).status).toBe(200);
  });
});

describe('the Date header', () => {
  it("is the servers' clock", async () => {
    const { mock, clock, api } = await startMock();
    const date = async () => Date.parse((await api('GET', '/api/v2/tokens/me')).headers.get('date') ?? '');
    expect(await date()).toBe(clock.now());
    mock.controls.skewClock(-300_000);
    expect(await date()).toBe(clock.now() - 300_000);
  });
});
