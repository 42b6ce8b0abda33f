import { describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, type OAuthClient } from '../../../mock/genesys/server.ts';
import { basic, startMock } from './harness.ts';

const form = (fields: Record<string, string>) => new URLSearchParams(fields);
const grant = form({ grant_type: 'client_credentials' });
const GOOD = basic('mock-client-id', 'mock-client-secret');
const short: OAuthClient = {
  id: 'short',
  secret: 's:with:colons',
  permissions: 'all',
  tokenLifetimeSeconds: 300,
};

describe('the login host', () => {
  it('gives a token for a client id and secret in a Basic header', async () => {
    const { request } = await startMock();
    const answer = await request('POST', '/oauth/token', { headers: { authorization: GOOD }, body: grant });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 86_399,
    });
    expect(answer.headers.get('inin-correlation-id')).toBeTruthy();
  });

  it('gives a token for a client id and secret in the body', async () => {
    const { request } = await startMock();
    const body = form({
      grant_type: 'client_credentials',
      client_id: 'mock-client-id',
      client_secret: 'mock-client-secret',
    });
    expect((await request('POST', '/oauth/token', { body })).status).toBe(200);
  });

  it('tells an unknown client (400) from a wrong secret (401)', async () => {
    const { request } = await startMock();
    const unknown = await request('POST', '/oauth/token', {
      headers: { authorization: basic('nobody', 'x') },
      body: grant,
    });
    const wrong = await request('POST', '/oauth/token', {
      headers: { authorization: basic('mock-client-id', 'x') },
      body: grant,
    });
    expect([unknown.status, unknown.body]).toEqual([
      400,
      { error: 'invalid_client', description: 'client not found', error_description: 'client not found' },
    ]);
    expect([wrong.status, wrong.body]).toEqual([
      401,
      {
        error: 'invalid_client',
        description: 'authentication failed',
        error_description: 'authentication failed',
      },
    ]);
  });

  it('refuses other grants, a missing grant and a missing client', async () => {
    const { request } = await startMock();
    const headers = { authorization: GOOD };
    const errors = [
      await request('POST', '/oauth/token', { headers, body: form({ grant_type: 'password' }) }),
      await request('POST', '/oauth/token', { headers, body: form({}) }),
      await request('POST', '/oauth/token', { body: grant }),
    ].map(({ status, body }) => [status, body['error']]);
    expect(errors).toEqual([
      [400, 'unsupported_grant_type'],
      [400, 'invalid_request'],
      [400, 'invalid_request'],
    ]);
  });

  it('ends a token when its lifetime is over, by the clock', async () => {
    const { login, api, clock } = await startMock({ clients: [DEFAULT_CLIENT, short] });
    const token = await login(short);
    await clock.advance(299_999);
    expect((await api('GET', '/api/v2/users', undefined, token)).status).toBe(200);
    await clock.advance(1);
    const answer = await api('GET', '/api/v2/users', undefined, token);
    expect([answer.status, answer.body['code']]).toEqual([401, 'bad.credentials']);
  });

  it('refuses a client whose tokens would live shorter than 5 minutes or longer than 48 hours', async () => {
    await expect(startMock({ clients: [{ ...short, tokenLifetimeSeconds: 299 }] })).rejects.toThrow(
      '300 to 172800',
    );
    await expect(startMock({ clients: [{ ...short, tokenLifetimeSeconds: 172_801 }] })).rejects.toThrow(
      RangeError,
    );
  });

  it('ends tokens of one client on demand', async () => {
    const { mock, login, api, token } = await startMock({ clients: [DEFAULT_CLIENT, short] });
    const other = await login(short);
    expect(mock.controls.endTokens('revoked', 'short')).toBe(1);
    expect((await api('GET', '/api/v2/users', undefined, other)).status).toBe(401);
    expect((await api('GET', '/api/v2/users', undefined, token)).status).toBe(200);
  });

  it('writes token_type, expires_in and refresh_token as the switches say', async () => {
    const { request } = await startMock({
      switches: { tokenType: 'Bearer', expiresInShort: 0, refreshTokenField: 'null' },
    });
    const answer = await request('POST', '/oauth/token', { headers: { authorization: GOOD }, body: grant });
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 86_400, refresh_token: null });
  });

  it('answers 401 to a wrong grant when the switch says so', async () => {
    const { request } = await startMock({ switches: { grantErrorStatus: 401 } });
    const answer = await request('POST', '/oauth/token', {
      headers: { authorization: GOOD },
      body: form({}),
    });
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_request']);
  });

  it('limits token requests when the switch says so', async () => {
    const { request } = await startMock({ switches: { oauthPerMinute: 10 } });
    const headers = { authorization: GOOD };
    // The mock's own start took one.
    for (let count = 0; count < 9; count += 1) {
      expect((await request('POST', '/oauth/token', { headers, body: grant })).status).toBe(200);
    }
    const answer = await request('POST', '/oauth/token', { headers, body: grant });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60']);
  });
});
