import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../listener/clock.ts';
import { createS3Client, createSqsClient } from '../../listener/publish/aws-clients.ts';
import type { ParkedEvent, ParkedFrame, ParkingReason } from '../../listener/publish/parking.ts';
import type { PayloadSource, PayloadStore } from '../../listener/publish/payload-store.ts';
import { PayloadStoreError } from '../../listener/publish/payload-store.ts';
import { QueueParking } from '../../listener/publish/queue-parking.ts';
import { S3PayloadStore } from '../../listener/publish/s3-payload-store.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { ListenerProcess } from '../listener-process.ts';
import { Cloud } from './cloud.ts';
import { type Emulator, startEmulator } from './emulator.ts';

const BUS = 'conversations';
const BUCKET = 'payloads';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const PASSING: ParkingReason = { code: 'InternalFailure', message: 'm', attempts: 8 };
const FOR_GOOD: ParkingReason = { code: 'MalformedDetail', message: 'm', attempts: 1 };
const FRAME: ParkedFrame = {
  kind: 'frame',
  receivedAt: '2026-01-05T09:00:00.000Z',
  encoding: 'utf8',
  body: 'x',
};

function event(eventId: string, sequence = 0): ParkedEvent {
  const detail = { name: eventId, bridge: { eventId, sequence: String(sequence).padStart(12, '0') } };
  return {
    kind: 'event',
    eventId,
    orderingKey: 'k',
    source: 'conversation-bridge',
    detailType: 'Conversation Updated',
    detail: JSON.stringify(detail),
    time: '2026-01-05T09:00:00.000Z',
  };
}

describe('parking and payloads, with the AWS SDK against an emulator', () => {
  let emulator: Emulator;
  let cloud: Cloud;
  let sqs: SQSClient;
  let s3: S3Client;
  let store: PayloadStore & PayloadSource;
  let parking: QueueParking;
  let arrivals = '';
  const queues = { parking: '', deadLetter: '' };

  beforeAll(async () => {
    emulator = await startEmulator();
    const { endpoint, region } = emulator;
    sqs = createSqsClient({ endpoint, region, credentials: CREDENTIALS });
    s3 = createS3Client({ endpoint, region, credentials: CREDENTIALS });
    cloud = new Cloud(emulator);
    await cloud.createBus(BUS);
    arrivals = await cloud.createQueueWithRule(BUS, 'arrivals', { source: ['conversation-bridge'] });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    for (const name of ['parking', 'deadLetter'] as const) {
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      queues[name] = QueueUrl;
    }
    store = new S3PayloadStore({ client: s3, bucket: BUCKET, clock: systemClock });
    parking = new QueueParking({
      client: sqs,
      parkingQueueUrl: queues.parking,
      deadLetterQueueUrl: queues.deadLetter,
      store,
      clock: systemClock,
      metrics: new MetricsAggregate(),
      logger: pino({ level: 'silent' }),
    });
  });

  afterAll(() => emulator?.stop());

  async function replay(...args: readonly string[]) {
    const process = new ListenerProcess(['replay', '--json', ...args], {
      ...emulator.environment,
      EVENT_BUS_NAME: BUS,
      PARKING_QUEUE_URL: queues.parking,
      DEAD_LETTER_QUEUE_URL: queues.deadLetter,
      PAYLOAD_BUCKET: BUCKET,
    });
    const exitCode = await process.end();
    const { seconds, ...counts } = JSON.parse(process.stdout.trim().split('\n').at(-1) ?? '');
    return { exitCode, counts };
  }

  async function inQueue(url: string): Promise<number> {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes?.['ApproximateNumberOfMessages']) +
      Number(Attributes?.['ApproximateNumberOfMessagesNotVisible'])
    );
  }

  it('keeps a payload as JSON at the address that it named before', async () => {
    const ref = store.refOf('0123abcd');
    const day = new Date().toISOString().slice(0, 10);
    expect(ref).toBe(`s3://${BUCKET}/payloads/${day}/0123abcd.json`);
    await store.put({ ref, body: '{"text":"日本"}' });
    await store.put({ ref, body: '{"text":"日本"}' });
    expect(await store.read(ref)).toBe('{"text":"日本"}');
    const { ContentType } = await s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: `payloads/${day}/0123abcd.json` }),
    );
    expect(ContentType).toBe('application/json');
  });

  it('reads and writes nothing outside of its prefix, and says what failed', async () => {
    for (const ref of ['s3://other/payloads/a.json', `s3://${BUCKET}/state.json`, 'file:///etc/passwd']) {
      await expect(store.put({ ref, body: '{}' })).rejects.toThrow(PayloadStoreError);
      await expect(store.read(ref)).rejects.toThrow(PayloadStoreError);
    }
    await expect(store.read(store.refOf('nowhere'))).rejects.toMatchObject({ code: 'PayloadStoreFailed' });
  });

  it('replays the parking queue in order, and empties it', async () => {
    const sent = Array.from({ length: 25 }, (_, index) => event(`e${index}`, index));
    await Promise.all(sent.toReversed().map((item) => parking.park(item, PASSING)));
    const dry = await replay('--dry-run');
    expect(dry).toEqual({ exitCode: 0, counts: { read: 25, published: 0, failed: 0, frames: 0 } });
    expect(await inQueue(queues.parking)).toBe(25);
    expect(await replay()).toEqual({
      exitCode: 0,
      counts: { read: 25, published: 25, failed: 0, frames: 0 },
    });
    expect(await inQueue(queues.parking)).toBe(0);
    const arrived = await cloud.takeAll(arrivals);
    expect(arrived.map(({ detail }) => detail['name'])).toEqual(sent.map(({ eventId }) => eventId));
  });

  it('replays what it can of the dead-letter queue, and leaves the rest there for others to see', async () => {
    const payload = { ref: store.refOf('late'), body: '{"long":1}' };
    await parking.park({ ...event('late'), payload }, FOR_GOOD);
    await parking.park(FRAME, FOR_GOOD);
    await parking.park({ ...event('foreign'), source: 'com.example' }, FOR_GOOD);
    await parking.park({ ...FRAME, body: '日'.repeat(400_000) }, FOR_GOOD);
    expect(await replay('--dead-letter')).toEqual({
      exitCode: 1,
      counts: { read: 4, published: 1, failed: 1, frames: 2 },
    });
    expect(await store.read(payload.ref)).toBe(payload.body);
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queues.deadLetter, MaxNumberOfMessages: 10 }),
    );
    expect(Messages).toHaveLength(3);
    expect(JSON.stringify(Messages)).not.toContain('late');
    expect(await cloud.takeAll(arrivals)).toMatchObject([{ detail: { name: 'late' } }]);
  });
});
