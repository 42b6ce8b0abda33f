import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../../lambda/call-api/metrics.ts';
import { status } from './api-server.ts';
import { FunctionUnderTest, sample } from './harness.ts';

describe('logs and figures', () => {
  let fn: FunctionUnderTest;
  beforeEach(async () => {
    fn = new FunctionUnderTest({ API_ATTEMPTS: '2' });
    await fn.start();
  });
  afterEach(() => fn.stop());

  const logLines = () => fn.lines().filter((line) => 'level' in line);

  it('name event, conversation and request in every line, and no longer in the next invocation', async () => {
    fn.api.replies(status(503), status(200));
    await fn.invoke(sample());
    const lines = logLines();
    expect(lines.map(({ message }) => message)).toEqual(['attempt failed', 'delivered']);
    for (const line of lines) {
      expect(line).toMatchObject({
        eventId: fn.api.received[0]?.headers['idempotency-key'],
        conversationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        function_request_id: '99999999-aaaa-4bbb-8ccc-000000000001',
        service: 'call-api',
      });
    }
    fn.output = '';
    await fn.invoke('no event');
    expect(logLines()).toHaveLength(1);
    expect(logLines()[0]).not.toHaveProperty('eventId');
  });

  it('name no conversation where there is none', async () => {
    await fn.invoke(sample('activity of a user'));
    expect(logLines()[0]).toMatchObject({ message: 'delivered', eventId: expect.any(String) });
    expect(logLines()[0]).not.toHaveProperty('conversationId');
  });

  it('report every figure in the namespace of the bridge, counters as 0, too', async () => {
    await fn.invoke(sample());
    expect(fn.figures()).toHaveLength(1);
    expect(fn.figures()[0]).toMatchObject({
      service: 'call-api',
      ApiCalls: 1,
      ApiFailuresTransient: 0,
      ApiFailuresPermanent: 0,
      DuplicatesSkipped: 0,
      ApiLatency: expect.any(Number),
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'ConversationBridge',
            Dimensions: [['service']],
            Metrics: expect.arrayContaining(
              Object.entries(METRICS).map(([Name, [Unit]]) => ({ Name, Unit })),
            ),
          },
        ],
      },
    });
  });

  it('count each request, and each failure once', async () => {
    fn.api.replies(status(503));
    await fn.invoke(sample()).catch(() => {});
    fn.api.replies(status(400));
    await fn.invoke(sample());
    expect(fn.figures()).toMatchObject([
      { ApiCalls: 2, ApiFailuresTransient: 1, ApiFailuresPermanent: 0 },
      { ApiCalls: 1, ApiFailuresTransient: 0, ApiFailuresPermanent: 1 },
    ]);
  });
});
