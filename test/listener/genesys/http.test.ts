import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeError } from '../../../listener/errors.ts';
import {
  HttpClient,
  type HttpClientOptions,
  HttpError,
  parseRetryAfter,
} from '../../../listener/genesys/http.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { until } from '../../until.ts';
import { WatchedClock } from '../../watched-clock.ts';
import { recordedLog } from './organisation.ts';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Reply =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** A server that gives these replies one after another, and a client for it. */
async function createClient(replies: readonly Reply[], options: Partial<HttpClientOptions> = {}) {
  const manual = new ManualClock();
  const clock = new WatchedClock(manual);
  const { lines, logger } = recordedLog();
  const metrics = new MetricsAggregate();
  let served = 0;
  const server = createServer((request, response) => {
    (replies[served++] ?? answer(200))(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new HttpClient({
    clock,
    logger,
    metrics,
    backoff: { baseMs: 500, capMs: 10_000, random: () => 0.5 },
    ...options,
  });
  const send = (signal?: AbortSignal) =>
    client.send(
      {
        method: 'POST',
        url: `http://127.0.0.1:${port}/api/v2/things/secret-id?token=secret-query`,
        route: '/api/v2/things/{id}',
        headers: { authorization: 'Bearer secret-header' },
        body: 'secret-body',
      },
      signal,
    );
  /** Sends, and moves time on whenever the client waits; resolves to what comes of it, and the waits. */
  const sendThrough = async () => {
    let done = false;
    const outcome = send().then(
      (value) => value,
      (error: unknown) => error,
    );
    void outcome.finally(() => {
      done = true;
    });
    while (!done) {
      await until(() => done || clock.pending > 0);
      if (!done) await manual.advance(100_000);
    }
    const waits = lines.flatMap(({ waitMs }) => (waitMs === undefined ? [] : [waitMs]));
    return { outcome: await outcome, waits };
  };
  return { client, send, sendThrough, lines, metrics, clock, manual, requests: () => served };
}

describe('a call', () => {
  it('gives the answer with its correlation id and when it was written, if it says so', async () => {
    const date = 'Mon, 05 Jan 2026 09:00:07 GMT';
    const { send } = await createClient([
      answer(200, { 'inin-correlation-id': 'c-1', date }, '{"a":1}'),
      answer(200, { date: 'soon' }, '{}'),
    ]);
    const facts = { correlationId: 'c-1', date: Date.UTC(2026, 0, 5, 9, 0, 7) };
    expect(await send()).toEqual({ status: 200, text: '{"a":1}', ...facts });
    expect(await send()).toMatchObject({ status: 200, date: undefined });
  });

  it.each([408, 413, 429, 500, 502, 503, 504])(
    'answered %i is made again, four times in all',
    async (status) => {
      const { sendThrough, requests, metrics } = await createClient(Array(9).fill(answer(status)));
      const { outcome, waits } = await sendThrough();
      expect(outcome).toMatchObject({ status, canRetry: true, code: `http.${status}` });
      expect(waits).toEqual([250, 500, 1000]);
      expect(requests()).toBe(4);
      expect([metrics.total('RestRetries'), metrics.total('RestCallsFailed')]).toEqual([3, 1]);
    },
  );

  it.each([400, 401, 403, 404, 409, 410, 415, 501])('answered %i is not made again', async (status) => {
    const { sendThrough, requests } = await createClient(Array(9).fill(answer(status)));
    expect((await sendThrough()).outcome).toMatchObject({ status, canRetry: false });
    expect(requests()).toBe(1);
  });

  it('whose connection is cut is made again', async () => {
    const cut: Reply = (response) => response.destroy();
    const { sendThrough, requests } = await createClient([cut, cut]);
    expect((await sendThrough()).outcome).toMatchObject({ status: 200 });
    expect(requests()).toBe(3);
  });

  it('that is never answered is given up after the timeout, and made again', async () => {
    let attempts = 0;
    // On a busy machine a request can be given up before it is at the server.
    const gate = async () => {
      attempts++;
    };
    const { sendThrough, requests } = await createClient(
      Array(9).fill(() => undefined),
      { timeoutMs: 5, gate },
    );
    const { outcome } = await sendThrough();
    expect(outcome).toMatchObject({ status: undefined, code: 'ETIMEDOUT', canRetry: true });
    expect(attempts).toBe(4);
    expect(requests()).toBeLessThanOrEqual(4);
  });

  it('is not redirected: the credentials stay with the server they are for', async () => {
    const { sendThrough } = await createClient(
      Array(9).fill(answer(302, { location: 'http://127.0.0.1:9/' })),
    );
    expect((await sendThrough()).outcome).toBeInstanceOf(HttpError);
  });

  it('passes the gate before each attempt', async () => {
    let passed = 0;
    const gate = async () => {
      passed++;
    };
    const { sendThrough } = await createClient([answer(500), answer(500)], { gate });
    await sendThrough();
    expect(passed).toBe(3);
  });

  it('that is called off while it waits ends at once, with no timer left', async () => {
    const { send, clock, requests } = await createClient(Array(9).fill(answer(503)));
    const calledOff = new AbortController();
    const outcome = send(calledOff.signal);
    await until(() => clock.pending === 1);
    calledOff.abort();
    await expect(outcome).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(clock.pending).toBe(0);
    expect(requests()).toBe(1);
  });

  it('that is called off while it is under way ends at once', async () => {
    const { send, requests } = await createClient([() => undefined]);
    const calledOff = new AbortController();
    const outcome = send(calledOff.signal);
    await until(() => requests() === 1);
    calledOff.abort();
    await expect(outcome).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('Retry-After', () => {
  it.each([
    { header: '7', waitMs: 7_250 },
    { header: 'Mon, 05 Jan 2026 09:00:20 GMT', waitMs: 20_250 },
    { header: 'Mon, 05 Jan 2026 08:00:00 GMT', waitMs: 250 },
    { header: 'soon', waitMs: 250 },
    { header: '-5', waitMs: 250 },
  ])('"$header" is waited for, jitter on top: $waitMs ms', async ({ header, waitMs }) => {
    const { sendThrough } = await createClient([answer(429, { 'retry-after': header })]);
    const { outcome, waits } = await sendThrough();
    expect(outcome).toMatchObject({ status: 200 });
    expect(waits).toEqual([waitMs]);
  });

  it('that is too long is left to the caller', async () => {
    const { sendThrough, requests } = await createClient([answer(429, { 'retry-after': '66' })]);
    expect((await sendThrough()).outcome).toMatchObject({ status: 429, retryAfterMs: 66_000 });
    expect(requests()).toBe(1);
  });

  it('is undefined when there is none to read', () => {
    const clock = new ManualClock();
    for (const header of [null, '', ' ', 'Infinity', 'tomorrow'])
      expect(parseRetryAfter(header, clock)).toBeUndefined();
  });
});

describe('an error', () => {
  it.each([
    { body: '{"code":"too.many","message":"Slow down"}', code: 'too.many', says: 'Slow down' },
    {
      body: '{"error":"invalid_client","error_description":"client not found"}',
      code: 'invalid_client',
      says: 'client not found',
    },
    { body: '<html>Bad Gateway</html>', code: 'http.400', says: 'answered 400' },
    { body: '{"code":7,"message":{}}', code: 'http.400', says: 'answered 400' },
    { body: 'null', code: 'http.400', says: 'answered 400' },
  ])('tells what the body $body says', async ({ body, code, says }) => {
    const { send } = await createClient([answer(400, {}, body)]);
    const error = await send().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(describeError(error)).toContain(says);
    expect(describeError(error)).not.toContain('html');
  });

  it.each([
    { what: 'that may pass', replies: [answer(503, { 'inin-correlation-id': 'c-503' })], level: 'info' },
    { what: 'for good', replies: [answer(403, { 'inin-correlation-id': 'c-403' })], level: 'warn' },
  ])('($what) is logged with route and correlation id', async ({ replies, level }) => {
    const { sendThrough, lines } = await createClient(replies);
    await sendThrough();
    expect(lines).toEqual([
      expect.objectContaining({
        level,
        route: '/api/v2/things/{id}',
        method: 'POST',
        attempt: 1,
        correlationId: expect.stringMatching(/^c-/),
      }),
    ]);
  });

  it.each([
    { what: 'an answer', reply: answer(500, {}, 'secret-answer') },
    { what: 'a cut connection', reply: ((response) => response.destroy()) satisfies Reply },
    { what: 'a refusal', reply: answer(403, {}, '{"other":"secret-answer"}') },
  ])('of $what shows no URL, header or body, nor does the log', async ({ reply }) => {
    const { sendThrough, lines } = await createClient(Array(4).fill(reply));
    const { outcome } = await sendThrough();
    expect(outcome).toBeInstanceOf(HttpError);
    const stack = outcome instanceof Error ? outcome.stack : '';
    const said = `${describeError(outcome)} ${stack} ${JSON.stringify(outcome)} ${JSON.stringify(lines)}`;
    expect(said).not.toContain('secret');
  });
});
