import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import { callApi } from './call.ts';
import { acceptEvent, type JsonObject } from './event.ts';
import { type FailedEvents, failedEvent } from './failed-events.ts';
import { Failure } from './failure.ts';
import { type Delivery, idempotencyFailure, oncePerEvent } from './idempotency.ts';
import { InvocationMetrics } from './metrics.ts';
import { buildRequest } from './request.ts';
import type { ApiKey } from './secret.ts';
import type { ApiSettings } from './settings.ts';
import type { Time } from './time.ts';
import { traced } from './tracing.ts';

/** What the function works with. */
export interface Dependencies {
  readonly api: ApiSettings;
  readonly key: ApiKey;
  readonly idempotencyStore: BasePersistenceLayer;
  readonly idempotencySeconds: number;
  readonly failedEvents: FailedEvents;
  readonly time: Time;
  readonly logger: Logger;
  readonly emf: Metrics;
  readonly tracer: Tracer;
}

export type Handler = (event: unknown, context: Context) => Promise<void>;

/**
 * The function: brings one event to the API, once.
 *
 * It succeeds when the event is delivered, was delivered before, or lies with its reason in the queue for failed events.
 * It throws a {@link Failure} when another try may help: Lambda makes an asynchronous invocation twice again, then
 * hands the event to the function's on-failure destination.
 */
export function createHandler(dependencies: Dependencies): Handler {
  const { logger, emf } = dependencies;
  const deliverOnce = oncePerEvent(
    (event: JsonObject, context: Context, eventId: string, metrics: InvocationMetrics) =>
      deliver(dependencies, event, context, eventId, metrics),
    dependencies.idempotencyStore,
    dependencies.idempotencySeconds,
  );

  return async (event, context) => {
    const metrics = new InvocationMetrics();
    logger.addContext(context);
    try {
      const accepted = acceptEvent(event);
      const { eventId, conversationId, replayName } = accepted;
      logger.appendKeys({ eventId, conversationId, replayName });
      const delivery = await traced(dependencies.tracer, '## deliver', { eventId, conversationId }, () =>
        deliverOnce(accepted.event, context, eventId, metrics),
      );
      if (delivery === 'duplicate') {
        metrics.count('DuplicatesSkipped');
        logger.info('duplicate skipped');
      }
    } catch (error) {
      await settle(dependencies, event, failureOf(error, dependencies), metrics);
    } finally {
      metrics.publish(emf);
      logger.resetKeys();
    }
  };
}

async function deliver(
  { api, key, time, logger }: Dependencies,
  event: JsonObject,
  context: Context,
  eventId: string,
  metrics: InvocationMetrics,
): Promise<Delivery> {
  const request = buildRequest(api, event, eventId);
  const remainingMs = () => context.getRemainingTimeInMillis();
  const { status, attempts } = await callApi(request, { api, key, time, logger, metrics, remainingMs });
  logger.info('delivered', { status, attempts });
  return 'delivered';
}

/** Keeps what failed for good; throws what failed for now. */
async function settle(
  { failedEvents, logger }: Dependencies,
  event: unknown,
  failure: Failure,
  metrics: InvocationMetrics,
): Promise<void> {
  const { code, message, status, attempts } = failure;
  const facts = { code, reason: message, status, attempts };
  if (!failure.permanent) {
    metrics.count('ApiFailuresTransient');
    logger.error('failed for now', facts);
    throw failure;
  }
  try {
    await failedEvents.keep(failedEvent(event, failure));
  } catch (error) {
    metrics.count('ApiFailuresTransient');
    const cause = error instanceof Error ? error.name : 'unknown';
    logger.error('failed for good, but could not be kept', { ...facts, cause });
    throw new Failure('QueueUnavailable', `${code}, and the queue for failed events: ${cause}`, {
      status,
      attempts,
    });
  }
  metrics.count('ApiFailuresPermanent');
  logger.error('failed for good', facts);
}

function failureOf(error: unknown, { key, logger }: Dependencies): Failure {
  if (error instanceof Failure) return error;
  const known = idempotencyFailure(error);
  if (known !== undefined) return known;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error('an error that nobody foresaw', { stack: key.redact(stack) });
  return new Failure('InternalError', error instanceof Error ? error.name : 'unknown');
}
