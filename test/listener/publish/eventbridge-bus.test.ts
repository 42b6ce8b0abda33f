import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BusCallError, type BusEntry } from '../../../listener/publish/event-bus.ts';
import { createEventBridgeBus, createEventBridgeClient } from '../../../listener/publish/eventbridge-bus.ts';

type Answer = (response: ServerResponse) => void;

const ENTRY: BusEntry = {
  source: 'conversation-bridge',
  detailType: 'Conversation Updated',
  detail: '{"text":"日本"}',
  time: new Date('2026-01-05T09:00:00.250Z'),
};

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The real SDK against a server that gives the same answer to each request. */
async function createBus(answer: Answer, requestTimeoutMs = 5_000) {
  const bodies: unknown[] = [];
  const sockets = new Set<unknown>();
  const server = createServer((request: IncomingMessage, response) => {
    sockets.add(request.socket);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port }: Pick<AddressInfo, 'port'> = addressOf(server.address());
  const client = createEventBridgeClient({
    region: 'ap-northeast-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestTimeoutMs,
  });
  const close = async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return { bus: createEventBridgeBus({ client, eventBusName: 'the-bus' }), bodies, sockets, close };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address;
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
    response.end(JSON.stringify(body));
  };
}

function page(status: number, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers });
    response.end('<html>gateway</html>');
  };
}

async function failure(call: Promise<unknown>): Promise<BusCallError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof BusCallError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

describe('createEventBridgeBus', () => {
  it('sends the entries to the bus it was made for, and gives back what the bus said of each', async () => {
    const { bus, bodies } = await createBus(
      json(200, {
        FailedEntryCount: 2,
        Entries: [
          { EventId: 'id-1' },
          { ErrorCode: 'InternalFailure', ErrorMessage: 'not now' },
          { EventId: 'id-3', ErrorCode: 'ThrottlingException' },
          {},
        ],
      }),
    );
    expect(await bus.put([ENTRY, ENTRY, ENTRY, ENTRY])).toEqual([
      { accepted: true, busEventId: 'id-1' },
      { accepted: false, code: 'InternalFailure', message: 'not now' },
      { accepted: false, code: 'ThrottlingException', message: expect.any(String) },
      { accepted: false, code: 'EmptyResult', message: expect.any(String) },
    ]);
    const sent = {
      EventBusName: 'the-bus',
      Source: 'conversation-bridge',
      DetailType: 'Conversation Updated',
      Detail: '{"text":"日本"}',
      Time: Date.parse('2026-01-05T09:00:00.250Z') / 1_000,
    };
    expect(bodies).toEqual([{ Entries: [sent, sent, sent, sent] }]);
  });

  it('keeps its connection for the next request', async () => {
    const { bus, bodies, sockets } = await createBus(json(200, { Entries: [{ EventId: 'id' }] }));
    await bus.put([ENTRY]);
    await bus.put([ENTRY]);
    expect(bodies).toHaveLength(2);
    expect(sockets.size).toBe(1);
  });

  it('gives no result when the answer holds none', async () => {
    const { bus } = await createBus(json(200, {}));
    expect(await bus.put([ENTRY])).toEqual([]);
  });

  it.each<[string, Answer, { code: string; canRetry: boolean; retryAfterMs?: number }]>([
    [
      'an internal error',
      json(500, { __type: 'InternalException' }),
      { code: 'InternalException', canRetry: true },
    ],
    ['an error without a code', json(500, {}), { code: 'Http500', canRetry: true }],
    [
      'throttling with Retry-After',
      json(400, { __type: 'ThrottlingException' }, { 'retry-after': '2' }),
      { code: 'ThrottlingException', canRetry: true, retryAfterMs: 2_000 },
    ],
    [
      'a request that is not valid',
      json(400, { __type: 'com.amazon.coral.validate#ValidationException', message: '1 validation error' }),
      { code: 'ValidationException', canRetry: false },
    ],
    [
      'denied access',
      json(400, { __type: 'AccessDeniedException', message: 'no' }),
      { code: 'AccessDeniedException', canRetry: true },
    ],
    [
      'an unknown code',
      json(400, { __type: 'NobodyKnowsThis' }),
      { code: 'NobodyKnowsThis', canRetry: true },
    ],
    ['too large a request', page(413), { code: 'Http413', canRetry: false }],
    [
      'a page of a gateway with Retry-After',
      page(503, { 'retry-after': '7' }),
      { code: 'Http503', canRetry: true, retryAfterMs: 7_000 },
    ],
    [
      'a Retry-After that is no number of seconds',
      page(503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      { code: 'Http503', canRetry: true },
    ],
    ['a page instead of an answer', page(200), { code: 'SyntaxError', canRetry: true }],
    ['a reset connection', (response) => response.socket?.destroy(), { code: 'ECONNRESET', canRetry: true }],
  ])('classifies %s, and sends the request once', async (_name, answer, expected) => {
    const { bus, bodies } = await createBus(answer);
    const error = await failure(bus.put([ENTRY]));
    expect({ code: error.code, canRetry: error.canRetry, retryAfterMs: error.retryAfterMs }).toEqual({
      retryAfterMs: undefined,
      ...expected,
    });
    expect(error.cause).toBeInstanceOf(Error);
    expect(bodies).toHaveLength(1);
  });

  it('gives up on an answer that does not come, and sends the request once', async () => {
    const { bus, bodies } = await createBus(() => undefined, 100);
    expect(await failure(bus.put([ENTRY]))).toMatchObject({ code: 'ETIMEDOUT', canRetry: true });
    expect(bodies).toHaveLength(1);
  });

  it('takes a server that is not there as passing', async () => {
    const { bus, close } = await createBus(() => undefined);
    await close();
    expect(await failure(bus.put([ENTRY]))).toMatchObject({ code: 'ECONNREFUSED', canRetry: true });
  });
});
