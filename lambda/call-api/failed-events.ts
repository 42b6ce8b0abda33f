import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Failure, FailureCode } from './failure.ts';

/** An event that failed for good, with why. */
export interface FailedEvent {
  /** As it came. */
  readonly event: unknown;
  readonly reason: {
    readonly code: FailureCode;
    readonly message: string;
    /** The API's answer; absent when it was not asked. */
    readonly status?: number;
    /** Requests sent to the API. */
    readonly attempts: number;
  };
}

/** Where events that failed for good are kept until somebody has looked at them. */
export interface FailedEvents {
  /** @throws when it can't be kept */
  keep(failed: FailedEvent): Promise<void>;
}

export function failedEvent(event: unknown, { code, message, status, attempts }: Failure): FailedEvent {
  return { event, reason: { code, message, ...(status === undefined ? {} : { status }), attempts } };
}

/** Keeps failed events in an SQS queue, one message each. */
export function sqsFailedEvents(client: SQSClient, queueUrl: string): FailedEvents {
  return {
    async keep(failed) {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: messageBody(failed) }));
    },
  };
}

/**
 * JSON that SQS takes: it refuses a message with U+FFFE or U+FFFF, which JSON leaves as they are. What else it refuses
 * (control characters, halves of surrogate pairs) JSON escapes by itself.
 */
function messageBody(failed: FailedEvent): string {
  return JSON.stringify(failed).replace(
    /[\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
