import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Clock, systemClock } from '../../listener/clock.ts';
import type { BusEvent } from './bus-event.ts';
import { BusMemory, type EntryCounts } from './bus-memory.ts';
import { type BusControls, Faults } from './controls.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import { parsePutEventsRequest } from './put-events-request.ts';
import { seededRandom } from './seeded-random.ts';
import { ServiceError } from './service-error.ts';

/** How to start a local event bus; every field has a default. */
export interface LocalEventBusOptions {
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly clock?: Clock;
  /** Names of the buses that exist. Default: `default` and `conversation-bridge`. */
  readonly buses?: readonly string[];
  /** How many events to keep, newest last; older ones are forgotten. Default: all. */
  readonly keep?: number;
  /** Seed of the faults that strike by probability. Default: 1. */
  readonly seed?: number;
}

/** A running local event bus. */
export interface LocalEventBus {
  /** What the AWS SDK takes as `endpoint`, or `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Events taken, oldest first. Grows as events arrive. */
  readonly events: readonly BusEvent[];
  readonly counts: EntryCounts;
  readonly controls: BusControls;
  /**
   * Calls `listener` with each event, before the request that brought it is answered. A listener that throws
   * turns that answer into an InternalFailure, with its message; the event stays taken.
   * @returns a function that ends it
   */
  onEvent(listener: (event: BusEvent) => void): () => void;
  /** Cuts all connections, unanswered requests included, and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server that speaks EventBridge's PutEvents to the unmodified AWS SDK (JSON 1.1), with AWS's
 * limits and refusals. It wants a Signature Version 4 header and does not verify it. It has no rules or targets.
 * @throws Error when the port is taken
 */
export async function startLocalEventBus(options: LocalEventBusOptions = {}): Promise<LocalEventBus> {
  const clock = options.clock ?? systemClock;
  const memory = new BusMemory({
    clock,
    busNames: options.buses ?? ['default', 'conversation-bridge'],
    keep: options.keep ?? Number.POSITIVE_INFINITY,
  });
  const faults = new Faults(clock, seededRandom(options.seed ?? 1));
  const closing = new AbortController();
  // Every answer that is kept back listens, and there may be any number of them.
  setMaxListeners(0, closing.signal);

  // The limit on a body is checked once it is read: answering earlier resets the connection under a client that
  // still writes, which would then sometimes see no answer at all.
  const app = fastify({ bodyLimit: 10 * MAX_BODY_BYTES, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw unknownOperation();
  });
  app.get('/health', () => ({ status: 'ok' }));
  app.post('/', async (request, reply) => {
    const region = signingRegion(request);
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') throw unknownOperation();
    const body = z.string().catch('').parse(request.body);
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) return tooLarge(reply);
    const entries = parsePutEventsRequest(body);

    const { failure, drop, wait } = faults.strikeCall(entries);
    if (failure && !failure.taken) throw failure.error;
    if (drop && !drop.taken) return cut(reply);
    const rows = entries.map((entry) => memory.take(entry, region, (struck) => faults.strikeEntry(struck)));
    try {
      await wait(closing.signal);
    } catch (error) {
      if (closing.signal.aborted) return cut(reply);
      throw error;
    }
    if (drop) return cut(reply);
    if (failure) throw failure.error;
    const failed = rows.filter((row) => 'ErrorCode' in row).length;
    return send(reply, 200, { FailedEntryCount: failed, Entries: rows });
  });

  const url = await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  return {
    url,
    events: memory.events,
    get counts() {
      return memory.counts;
    },
    controls: faults,
    onEvent: (listener) => memory.onEvent(listener),
    close: async () => {
      closing.abort();
      await app.close();
    },
  };
}

const credential =
  /^AWS4-HMAC-SHA256 Credential=[^/,]+\/\d{8}\/([a-z0-9-]+)\/events\/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/;

function signingRegion(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (!header) throw new ServiceError(403, 'MissingAuthenticationToken', 'Missing Authentication Token');
  const region = credential.exec(header)?.[1];
  if (!region) {
    throw new ServiceError(
      403,
      'IncompleteSignature',
      'The Authorization header is not a Signature Version 4 for the service events',
    );
  }
  return region;
}

const unknownOperation = () =>
  new ServiceError(400, 'UnknownOperationException', 'This server knows AWSEvents.PutEvents only');

function answerError(error: FastifyError | ServiceError, _request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof ServiceError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return send(reply, error.status, { __type: error.code, message: error.message });
  }
  if (error.statusCode === 413) return tooLarge(reply);
  const code = error.statusCode === undefined ? 'InternalFailure' : 'SerializationException';
  return send(reply, error.statusCode ?? 500, { __type: code, message: error.message });
}

// Bytes, because fastify adds a charset to text, and AWS sends none.
function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/x-amz-json-1.1')
    .header('x-amzn-requestid', randomUUID())
    .send(Buffer.from(JSON.stringify(body)));
}

const tooLarge = (reply: FastifyReply) => reply.code(413).send();

// To the client this is a reset connection: it cannot tell whether the batch was taken.
function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.destroy();
  return reply;
}
