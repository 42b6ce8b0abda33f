import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  EventBridgeServiceException,
  PutEventsCommand,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { z } from 'zod';
import { isPermanentCall } from './classify.ts';
import { BusCallError, type BusEntry, type EntryResult, type EventBus } from './event-bus.ts';

export interface EventBridgeClientOptions {
  readonly region: string;
  /** Another server than the region's; without it the SDK looks at `AWS_ENDPOINT_URL` itself. */
  readonly endpoint?: string | undefined;
  /** Without them the SDK's default chain finds some. */
  readonly credentials?: NonNullable<EventBridgeClientConfig['credentials']>;
  /** Sockets kept open, at least as many as requests are sent at a time. */
  readonly maxSockets?: number;
  /** How long a connection may take to be made, in milliseconds. */
  readonly connectionTimeoutMs?: number;
  /** How long a request may take, its answer included, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/**
 * A client for `createEventBridgeBus`. It sends each request once, since the publisher does the retrying: two
 * retry engines on top of each other multiply.
 *
 * Connecting within a region takes milliseconds and PutEvents tens of them, so 2 s and 10 s are far out in the
 * tail, yet short enough for a dead connection to be given up and replaced within an event's time of retrying.
 */
export function createEventBridgeClient(options: EventBridgeClientOptions): EventBridgeClient {
  const { region, endpoint, credentials, maxSockets = 32 } = options;
  const agent = { keepAlive: true, maxSockets };
  return new EventBridgeClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: options.connectionTimeoutMs ?? 2_000,
      requestTimeout: options.requestTimeoutMs ?? 10_000,
      // Without this the SDK only warns of a request that takes too long.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

export interface EventBridgeBusOptions {
  /** From `createEventBridgeClient`, or another that doesn't retry. */
  readonly client: EventBridgeClient;
  /** A name or an ARN. */
  readonly eventBusName: string;
}

/**
 * An event bus of Amazon EventBridge, behind PutEvents.
 *
 * Whether a failed call may pass is told by its code and status, not by the SDK's `$retryable`, which it sets on
 * none of EventBridge's errors. A refusal for want of access may pass: permissions come and go while a stack is deployed.
 */
export function createEventBridgeBus(options: EventBridgeBusOptions): EventBus {
  const { client, eventBusName } = options;
  return {
    async put(entries) {
      const command = new PutEventsCommand({
        Entries: entries.map((entry) => toRequestEntry(entry, eventBusName)),
      });
      try {
        const { Entries = [] } = await client.send(command);
        return Entries.map(toEntryResult);
      } catch (error) {
        throw toCallError(error);
      }
    },
  };
}

function toRequestEntry(entry: BusEntry, eventBusName: string) {
  return {
    EventBusName: eventBusName,
    Source: entry.source,
    DetailType: entry.detailType,
    Detail: entry.detail,
    Time: entry.time,
  };
}

function toEntryResult({ EventId, ErrorCode, ErrorMessage }: PutEventsResultEntry): EntryResult {
  if (ErrorCode === undefined && EventId !== undefined) return { accepted: true, busEventId: EventId };
  return {
    accepted: false,
    code: ErrorCode ?? 'EmptyResult',
    message: ErrorMessage ?? 'the bus gave neither an event id nor an error message',
  };
}

/** What the SDK hangs on an error, whatever class it is: a body that is no JSON comes as a bare `SyntaxError`. */
const sdkError = z.object({
  name: z.string(),
  /** Node's own, such as `ECONNRESET`. */
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
  $response: z
    .object({ headers: z.record(z.string(), z.string()) })
    .optional()
    .catch(undefined),
});

function toCallError(cause: unknown): BusCallError {
  const parsed = sdkError.safeParse(cause);
  if (!parsed.success) {
    return new BusCallError('PutEvents failed', { code: 'UnknownError', canRetry: true, cause });
  }
  const { name, code = name, $metadata, $response } = parsed.data;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) {
    // A timeout, a reset, no name resolution, no credentials: all of it may pass.
    return new BusCallError('PutEvents got no answer', { code, canRetry: true, cause });
  }
  // A gateway in between answers with a page of its own, so that the status is all there is to go by.
  const byAws = cause instanceof EventBridgeServiceException && name !== 'Unknown';
  const answerCode = byAws || status < 300 ? name : `Http${status}`;
  return new BusCallError(`PutEvents was answered with HTTP status ${status}`, {
    code: answerCode,
    canRetry: !isPermanentCall(answerCode, status),
    retryAfterMs: parseRetryAfter($response?.headers['retry-after']),
    cause,
  });
}

/** Milliseconds. A date instead of seconds is left to the publisher's own backoff: AWS documents neither. */
function parseRetryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}
