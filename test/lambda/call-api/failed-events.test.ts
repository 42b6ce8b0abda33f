import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failedEvent, sqsFailedEvents } from '../../../lambda/call-api/failed-events.ts';
import { Failure } from '../../../lambda/call-api/failure.ts';
import { ApiServer, status } from './api-server.ts';
import { sample } from './harness.ts';

const sendMessage = z.object({ QueueUrl: z.string(), MessageBody: z.string() });

describe('the queue for failed events', () => {
  const server = new ApiServer();
  let endpoint: string;

  beforeEach(async () => {
    server.received.length = 0;
    endpoint = await server.start();
    server.replies((response) => response.end(JSON.stringify({ MessageId: 'm' })));
  });
  afterEach(() => server.stop());

  const queue = () =>
    sqsFailedEvents(
      new SQSClient({
        endpoint,
        region: 'ap-northeast-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
        md5: false,
      }),
      `${endpoint}/123456789012/failed`,
    );
  const sent = () => sendMessage.parse(JSON.parse(server.received[0]?.body ?? ''));

  it('takes the event as it came, with the reason', async () => {
    const failed = failedEvent(
      sample(),
      new Failure('ApiRefused', 'the API answered 404', { status: 404, attempts: 1 }),
    );
    await queue().keep(failed);
    expect(JSON.parse(sent().MessageBody)).toEqual({
      event: sample(),
      reason: { code: 'ApiRefused', message: 'the API answered 404', status: 404, attempts: 1 },
    });
  });

  it('gets only characters that SQS takes, and no character is lost', async () => {
    const event = { text: 'a\u0000b\uFFFEc\uFFFFd\uD800e\u{1F600}' };
    await queue().keep(failedEvent(event, new Failure('InvalidEvent', 'no')));
    const { MessageBody } = sent();
    expect(MessageBody).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
    expect(JSON.parse(MessageBody)).toMatchObject({ event });
  });

  it('throws what SQS refuses', async () => {
    server.replies(status(400));
    await expect(queue().keep(failedEvent({}, new Failure('InvalidEvent', 'no')))).rejects.toThrow();
  });
});
