import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiKey } from '../../../lambda/call-api/secret.ts';
import { secretsManagerStore } from '../../../lambda/call-api/secrets-manager.ts';
import type { SecretSettings } from '../../../lambda/call-api/settings.ts';
import { ApiServer, type Reply } from './api-server.ts';
import { MemorySecrets } from './harness.ts';

const SETTINGS: SecretSettings = {
  id: 'api',
  field: undefined,
  header: 'Authorization',
  scheme: undefined,
  ttlSeconds: 300,
};

const keyOf = (secret: string | undefined, settings: Partial<SecretSettings> = {}) =>
  new ApiKey({ ...SETTINGS, ...settings }, new MemorySecrets(secret));

describe('the API’s key', () => {
  it('is the secret as a whole, without the line break that editors leave', async () => {
    await expect(keyOf('abc\n').headers()).resolves.toEqual({ Authorization: 'abc' });
  });

  it('is a member of a JSON secret', async () => {
    const key = keyOf('{"user":"u","key":"abc"}', { field: 'key', header: 'X-Api-Key', scheme: 'Token' });
    await expect(key.headers()).resolves.toEqual({ 'X-Api-Key': 'Token abc' });
  });

  it.each([
    ['no JSON', 'canary', 'key'],
    ['a list', '["canary"]', 'key'],
    ['without the member', '{"other":"canary"}', 'key'],
    ['with a member that is no text', '{"key":{"canary":1}}', 'key'],
    ['of two lines', 'canary\r\ncanary', undefined],
    ['not ASCII', 'canary…', undefined],
    ['empty', ' ', undefined],
  ])('is refused when the secret is %s, and not repeated', async (_, secret, field) => {
    const error = await keyOf(secret, { field })
      .headers()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SecretMalformed', permanent: false });
    expect(JSON.stringify(error) + String(error)).not.toContain('canary');
  });

  it('is read again at once when the remembered secret is malformed', async () => {
    const secrets = new MemorySecrets('{"ke":"abc"}');
    secrets.current = '{"key":"abc"}';
    const key = new ApiKey({ ...SETTINGS, field: 'key' }, secrets);
    await expect(key.headers()).resolves.toEqual({ Authorization: 'abc' });
  });

  it('is unavailable while the secret holds no text', async () => {
    await expect(keyOf(undefined).headers()).rejects.toMatchObject({ code: 'SecretUnavailable' });
  });
});

describe('the key in Secrets Manager', () => {
  const server = new ApiServer();
  let key: ApiKey;

  const secret =
    (text: string): Reply =>
    (response) =>
      response.end(JSON.stringify({ SecretString: text }));

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    server.received.length = 0;
    const client = new SecretsManagerClient({
      endpoint: await server.start(),
      region: 'ap-northeast-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    key = new ApiKey(SETTINGS, secretsManagerStore(client));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.stop();
  });

  it('is asked for once in its time to live, and again after', async () => {
    server.replies(secret('first'), secret('second'));
    await key.headers();
    vi.advanceTimersByTime(299_000);
    await expect(key.headers()).resolves.toEqual({ Authorization: 'first' });
    expect(server.received).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    await expect(key.headers()).resolves.toEqual({ Authorization: 'second' });
  });

  it('is asked for at once to renew it', async () => {
    server.replies(secret('first'), secret('first'), secret('second'));
    await key.headers();
    await expect(key.renew()).resolves.toBe(false);
    await expect(key.renew()).resolves.toBe(true);
    await expect(key.headers()).resolves.toEqual({ Authorization: 'second' });
    expect(server.received).toHaveLength(3);
  });

  it('is unavailable when AWS refuses, and the reason is named', async () => {
    server.replies((response) => {
      response
        .writeHead(400, { 'x-amzn-errortype': 'ResourceNotFoundException' })
        .end('{"message":"canary"}');
    });
    const error = await key.headers().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SecretUnavailable' });
    expect(String(error)).toContain('ResourceNotFoundException');
    expect(String(error)).not.toContain('canary');
  });
});
