import { describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT } from '../../../mock/genesys/server.ts';
import { startMock } from './harness.ts';

describe('a secret that is rotated', () => {
  it('logs in from then on in place of the old one, and leaves tokens alive', async () => {
    const { mock, login, api } = await startMock();
    mock.controls.changeSecret(DEFAULT_CLIENT.id, 'another');
    await expect(login()).rejects.toThrow();
    const renewed = await login({ ...DEFAULT_CLIENT, secret: 'another' });
    expect((await api('GET', '/api/v2/users', undefined, renewed)).status).toBe(200);
    expect((await api('GET', '/api/v2/users')).status).toBe(200);
  });
});

describe('the tokens that were issued', () => {
  it('are all told, those that have ended, too', async () => {
    const { mock, token, login } = await startMock();
    mock.controls.endTokens('revoked');
    const second = await login();
    expect(new Set(mock.controls.issuedTokens())).toEqual(new Set([token, second]));
  });
});

describe('requests that are delayed', () => {
  it('are answered when the time is up, and at once when that is taken back', async () => {
    const { mock, clock, api } = await startMock();
    const heal = mock.controls.delayRequests(/users$/, 3_000);
    let answered = 0;
    const late = api('GET', '/api/v2/users').then(({ status }) => {
      answered = status;
    });
    expect((await api('GET', '/api/v2/routing/queues')).status).toBe(200);
    expect(answered).toBe(0);
    while (answered === 0) await clock.advance(3_000);
    await late;
    expect(answered).toBe(200);
    heal();
    expect((await api('GET', '/api/v2/users')).status).toBe(200);
  });
});
