import { afterEach, describe, expect, it, vi } from 'vitest';
import { status } from './api-server.ts';
import { FunctionUnderTest, sample } from './harness.ts';

const EVENT_ID = /^[\w-]{16,}$/;

describe('the function calls the API', () => {
  let fn: FunctionUnderTest;
  afterEach(() => fn.stop());

  async function started(env: Readonly<Record<string, string>> = {}, path?: string) {
    fn = new FunctionUnderTest(env);
    await fn.start(path);
  }

  it('sends the whole event as JSON, with the key and the id of the event', async () => {
    await started({ API_SECRET_SCHEME: 'Bearer' });
    const event = sample();
    await fn.invoke(event);
    const [request] = fn.api.received;
    expect(fn.api.received).toHaveLength(1);
    expect(request).toMatchObject({ method: 'POST', url: '/events' });
    expect(JSON.parse(request?.body ?? '')).toEqual(event);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer key-canary-8c1f',
      'idempotency-key': expect.stringMatching(EVENT_ID),
    });
  });

  it('sends no key when no secret is configured', async () => {
    await started({ API_SECRET_ID: '' });
    await fn.invoke(sample());
    expect(fn.api.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('tries again after 429, 503 and a cut connection, with the same idempotency key', async () => {
    await started({ API_ATTEMPTS: '4' });
    fn.api.replies(status(429), status(503), (response) => response.destroy(), status(200));
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(4);
    expect(new Set(fn.api.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(fn.failed).toEqual([]);
  });

  it('waits a random part of a ceiling that doubles, and never less than Retry-After', async () => {
    await started({ API_ATTEMPTS: '4' });
    fn.api.replies(status(503), status(503), status(429, { 'Retry-After': '7' }), status(200));
    await fn.invoke(sample());
    expect(fn.waits).toEqual([100, 200, 7_400]);
  });

  it('gives up for now when the attempts are used up', async () => {
    await started({ API_ATTEMPTS: '2' });
    fn.api.replies(status(500));
    await expect(fn.invoke(sample())).rejects.toMatchObject({
      name: 'ApiUnavailable',
      message: 'the API answered 500',
      attempts: 2,
    });
    expect(fn.api.received).toHaveLength(2);
    expect(fn.failed).toEqual([]);
  });

  it('does not wait when the wait would leave no time for another attempt', async () => {
    await started();
    fn.api.replies(status(429, { 'Retry-After': '27' }));
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'ApiUnavailable', attempts: 1 });
    expect(fn.waits).toEqual([]);
  });

  it('does not begin a call when too little time is left', async () => {
    await started();
    fn.remainingMs = 3_400;
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'NoTimeLeft', attempts: 0 });
    expect(fn.api.received).toEqual([]);
  });

  it('gives up an attempt that is not answered in the time that is left', async () => {
    await started({ API_ATTEMPTS: '1' });
    fn.api.replies(() => {});
    fn.remainingMs = 3_600;
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'ApiTimeout' });
  });

  it('says so when nobody listens', async () => {
    await started({ API_ATTEMPTS: '1' });
    await fn.api.stop();
    await expect(fn.invoke(sample())).rejects.toMatchObject({
      name: 'ApiUnreachable',
      message: 'ECONNREFUSED',
    });
    await fn.api.start();
  });

  it('takes the status as the answer when the body breaks off', async () => {
    await started();
    fn.api.replies((response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('part', () => response.destroy());
    });
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(1);
  });

  it('does not read an endless body', async () => {
    await started();
    fn.api.replies((response) => {
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(1);
    expect(fn.output).toContain('"message":"delivered"');
  });

  it('does not follow a redirect: no other server gets key or event', async () => {
    await started();
    fn.api.replies(status(307, { Location: '/elsewhere' }));
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(1);
    expect(fn.failed).toMatchObject([{ reason: { code: 'ApiRefused', status: 307 } }]);
  });

  it('reads the secret again when the API refuses the key, and tries at once with a new one', async () => {
    await started({ API_ATTEMPTS: '1' });
    fn.api.replies(status(401), status(200));
    fn.secrets.current = 'rotated-key';
    await fn.invoke(sample());
    expect(fn.api.received.map(({ headers }) => headers.authorization)).toEqual([
      'key-canary-8c1f',
      'rotated-key',
    ]);
    expect(fn.waits).toEqual([]);
  });

  it('gives up for good when the API refuses the key and there is no other', async () => {
    await started();
    fn.api.replies(status(403));
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(1);
    expect(fn.failed).toMatchObject([{ reason: { code: 'ApiRefused', status: 403, attempts: 1 } }]);
  });

  it('takes up a new key once only, so that keys that change for ever end somewhere', async () => {
    await started();
    fn.api.replies(status(401));
    let reads = 0;
    vi.spyOn(fn.secrets, 'read').mockImplementation(async () => `key-${++reads}`);
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(2);
    expect(fn.failed).toMatchObject([{ reason: { code: 'ApiRefused', status: 401, attempts: 2 } }]);
  });

  it('tries again later while the secret has no value', async () => {
    await started();
    fn.secrets.failure = new Error('no such secret');
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'SecretUnavailable' });
    expect(fn.api.received).toEqual([]);
  });

  it('fills the path from the event', async () => {
    await started(
      { API_METHOD: 'PUT' },
      '/conversations/{detail.conversation.id}?state={detail.conversation.state}',
    );
    await fn.invoke(sample());
    expect(fn.api.received[0]).toMatchObject({
      method: 'PUT',
      url: expect.stringMatching(/^\/conversations\/[0-9a-f-]{36}\?state=connected$/),
    });
  });
});
