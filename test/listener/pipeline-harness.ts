import { z } from 'zod';
import { type NotificationFrame, parseFrame } from '../../listener/contract/frame.ts';
import { Pipeline, type PipelineOptions } from '../../listener/pipeline.ts';
import { createHarness } from './publish/harness.ts';

export const QUEUE = 'v2.routing.queues.q.conversations';
export const USER = 'v2.users.u.conversations';

const Detail = z.object({
  topicName: z.string().optional(),
  eventBody: z.unknown().optional(),
  metadata: z.unknown().optional(),
  conversation: z.object({ id: z.string(), version: z.number(), changes: z.array(z.string()) }).optional(),
  bridge: z.looseObject({ topics: z.array(z.string()), payloadRef: z.string().optional() }),
});

/** A pipeline that stands by, in front of a bus that takes everything. */
export function createPipeline(options: Partial<PipelineOptions> = {}) {
  const harness = createHarness();
  const { publisher, clock, logger, metrics, bus, parking } = harness;
  const settled: string[] = [];
  const pipeline = new Pipeline({
    publisher,
    clock,
    logger,
    metrics,
    shard: 's1',
    dialect: 'channels',
    detailTypeMode: 'contract',
    subscribedTo: (topic) => [QUEUE, USER].includes(topic),
    settled: ({ key, version }) => settled.push(`${key} ${version}`),
    ...options,
  });
  const receipt = (data: string) => ({
    data,
    receivedAt: clock.now(),
    receivedAtMs: clock.monotonic(),
  });
  const receive = (
    state: string,
    { topic = QUEUE, id = 'c', source = '1', sinceMs = 0, pad = '', since = '' } = {},
  ) => {
    const text = `{"topicName":"${topic}","eventBody":{"id":"${id}","participants":[{"id":"p","purpose":"agent","userId":"u","queueId":"q","connectedTime":"${since}","calls":[{"state":"${state}"}]}],"pad":"${pad}"},"metadata":{"CorrelationId":"m"}}`;
    const frame = parseFrame(text);
    if (frame.kind !== 'notification') throw new Error(`this is no notification: ${text}`);
    pipeline.notification(frame, receipt(text), { id: source, sinceMs });
  };
  /** A frame that is well-formed, and that a defect of the bridge trips over. */
  const receivePoison = (text = '{"topicName":"poison"}') => {
    const frame: NotificationFrame = {
      kind: 'notification',
      text,
      topicName: QUEUE,
      eventBody: {
        get id() {
          throw new TypeError('a defect');
        },
      },
      bodyText: '{}',
      rewrite: undefined,
    };
    pipeline.notification(frame, receipt(text), { id: '1', sinceMs: 0 });
  };
  const events = async () => {
    for (let turn = 0; turn < 20; turn++) {
      await clock.advance(10);
      for (const call of bus.open) call.accept();
    }
    await clock.advance(0);
    return bus.calls.flatMap(({ entries }) =>
      entries.map(({ detail, payload }) => ({ ...Detail.parse(JSON.parse(detail)), payload })),
    );
  };
  const poisoned = () =>
    parking.parked.flatMap(({ item, reason }) =>
      item.kind === 'frame' && reason.code === 'InternalError' ? [item.body] : [],
    );
  return { ...harness, pipeline, settled, receive, receivePoison, events, poisoned };
}
