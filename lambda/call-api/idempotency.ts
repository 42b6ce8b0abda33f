import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyUnknownError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';
import type { JsonObject } from './event.ts';
import { Failure } from './failure.ts';

/** `delivered` is also all that is stored of an event. */
export type Delivery = 'delivered' | 'duplicate';

/**
 * Makes a function do its work once for each `detail.bridge.eventId`. When it throws, the event is forgotten, so that
 * another delivery, or a redrive, finds it not done. An invocation that dies holds the event until it would have ended.
 */
export function oncePerEvent<Rest extends unknown[]>(
  deliver: (event: JsonObject, context: Context, ...rest: Rest) => Promise<Delivery>,
  store: BasePersistenceLayer,
  expiresAfterSeconds: number,
): (event: JsonObject, context: Context, ...rest: Rest) => Promise<Delivery> {
  return makeIdempotent(deliver, {
    persistenceStore: store,
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'detail.bridge.eventId',
      throwOnNoIdempotencyKey: true,
      expiresAfterSeconds,
      hashFunction: 'sha256',
      responseHook: () => 'duplicate' satisfies Delivery,
    }),
  });
}

/** A failure of the idempotency itself as one of ours; undefined for any other error. */
export function idempotencyFailure(error: unknown): Failure | undefined {
  if (error instanceof IdempotencyAlreadyInProgressError)
    return new Failure('AlreadyInProgress', 'another invocation is handling the same event');
  if (!(error instanceof IdempotencyUnknownError)) return undefined;
  const cause = error.cause instanceof Error ? `: ${error.cause.name}` : '';
  return new Failure('IdempotencyUnavailable', `${error.message}${cause}`);
}
