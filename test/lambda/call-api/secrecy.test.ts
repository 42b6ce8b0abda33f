import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Reply, status } from './api-server.ts';
import { FunctionUnderTest, sample } from './harness.ts';

const CANARY = 'canary-4d1e"\\key';

/** An API that tells everything it was told, in head and body. */
const tellTale =
  (code: number): Reply =>
  (response, request, body) =>
    response
      .writeHead(code, { 'X-Echo': request.headers.authorization ?? '' })
      .end(JSON.stringify({ headers: request.headers, body }));

describe('the API’s key is nowhere but in the request', () => {
  let fn: FunctionUnderTest;
  afterEach(() => fn.stop());

  async function leaksAfter(reply: Reply, change: (fn: FunctionUnderTest) => void = () => {}) {
    fn = new FunctionUnderTest({ API_ATTEMPTS: '2', API_SECRET_SCHEME: 'Bearer' }, CANARY);
    await fn.start();
    fn.api.replies(reply);
    change(fn);
    const thrown = await fn.invoke(sample()).catch((error: unknown) => error);
    return [fn.output, JSON.stringify(fn.failed), inspect(thrown, { depth: 9, showHidden: true })].join('\n');
  }

  const forms = [CANARY, JSON.stringify(CANARY).slice(1, -1), inspect(CANARY).slice(1, -1)];

  it.each([
    ['it is delivered', tellTale(200)],
    ['the API refuses', tellTale(400)],
    ['the API refuses the key', tellTale(401)],
    ['the API fails', tellTale(500)],
    ['the API cuts the connection', (response) => response.destroy()],
    ['the API answers no HTTP', (response) => response.socket?.end(`${CANARY}\r\n\r\n`)],
    ['the API redirects', status(302, { Location: '/x' })],
  ] satisfies [string, Reply][])('when %s', async (_, reply) => {
    const leaks = await leaksAfter(reply);
    expect(fn.api.received[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
    for (const form of forms) expect(leaks).not.toContain(form);
  });

  it('when the idempotency table fails with the key in its error', async () => {
    const leaks = await leaksAfter(status(200), (changed) => {
      changed.store.failure = new Error(`leaked ${CANARY}`);
    });
    expect(leaks).toContain('IdempotencyUnavailable');
    for (const form of forms) expect(leaks).not.toContain(form);
  });

  it('when the queue for failed events fails with the key in its error', async () => {
    const leaks = await leaksAfter(status(400), (changed) => {
      changed.queueFailure = new Error(`leaked ${CANARY}`);
    });
    expect(leaks).toContain('QueueUnavailable');
    for (const form of forms) expect(leaks).not.toContain(form);
  });

  it('when an error that nobody foresaw has it in its message', async () => {
    const leaks = await leaksAfter(status(503, { 'Retry-After': '1' }), (changed) => {
      const push = vi.spyOn(changed.waits, 'push');
      push.mockImplementation(() => {
        throw new RangeError(`leaked ${CANARY}`);
      });
    });
    expect(leaks).toContain('InternalError');
    expect(leaks).toContain('leaked [redacted]');
    for (const form of forms) expect(leaks).not.toContain(form);
  });
});
