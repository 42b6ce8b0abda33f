import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createSqsClient } from '../../../listener/publish/aws-clients.ts';
import { QueueParkingError } from '../../../listener/publish/message-sender.ts';
import { readParked } from '../../../listener/publish/parked-text.ts';
import type { ParkedEvent, ParkedFrame, ParkingReason } from '../../../listener/publish/parking.ts';
import type { Payload } from '../../../listener/publish/payload-store.ts';
import { QueueParking } from '../../../listener/publish/queue-parking.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { names } from './harness.ts';

const PASSING: ParkingReason = { code: 'InternalFailure', message: 'm', attempts: 8 };
const FOR_GOOD: ParkingReason = { code: 'MalformedDetail', message: 'm', attempts: 1 };
const FRAME: ParkedFrame = {
  kind: 'frame',
  receivedAt: '2026-01-05T09:00:00.000Z',
  encoding: 'utf8',
  body: 'x',
};

const Request = z.object({
  QueueUrl: z.string(),
  Entries: z.array(z.object({ Id: z.string(), MessageBody: z.string() })),
});

function event(eventId: string, detail = '{"a":1}'): ParkedEvent {
  return {
    kind: 'event',
    eventId,
    orderingKey: 'k',
    source: 'conversation-bridge',
    detailType: 'Conversation Updated',
    detail,
    time: '2026-01-05T09:00:00.000Z',
  };
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The real SDK against a server that takes messages, but for those whose body holds "REFUSE" or "FORGET". */
async function createQueues() {
  const requests: z.infer<typeof Request>[] = [];
  const stored: Payload[] = [];
  const down = { queue: false, store: false };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const batch = Request.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      requests.push(batch);
      const has = (word: string) => (entry: { MessageBody: string }) => entry.MessageBody.includes(word);
      const taken = batch.Entries.filter((entry) => !has('REFUSE')(entry) && !has('FORGET')(entry));
      response.writeHead(down.queue ? 503 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({
          Successful: taken.toReversed().map(({ Id, MessageBody }) => ({
            Id,
            MessageId: Id,
            MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
          })),
          Failed: batch.Entries.filter(has('REFUSE')).map(({ Id }) => ({
            Id,
            Code: 'InternalError',
            Message: 'not today',
            SenderFault: false,
          })),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = createSqsClient({
    region: 'ap-northeast-1',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  closers.push(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const metrics = new MetricsAggregate();
  const parking = new QueueParking({
    client,
    parkingQueueUrl: `${endpoint}/000000000000/parking`,
    deadLetterQueueUrl: `${endpoint}/000000000000/dead-letter`,
    store: {
      refOf: (id) => `s3://bucket/${id}`,
      put: async (payload) => {
        if (down.store) throw new Error('the bucket is away');
        stored.push(payload);
      },
    },
    clock: new ManualClock(),
    metrics,
    logger: pino({ level: 'silent' }),
  });
  /** What each queue was sent, in requests. */
  const sentTo = (queue: string) =>
    requests
      .filter(({ QueueUrl }) => QueueUrl.endsWith(`/${queue}`))
      .map(({ Entries }) => Entries.map(({ MessageBody }) => readParked(MessageBody)));
  return { parking, requests, sentTo, stored, down, metrics };
}

describe('parking in queues', () => {
  it('puts what may pass into the one, and what was refused for good and frames into the other', async () => {
    const { parking, sentTo } = await createQueues();
    await Promise.all([
      parking.park(event('a'), PASSING),
      parking.park(event('b'), FOR_GOOD),
      parking.park(FRAME, PASSING),
    ]);
    expect(sentTo('parking').flat()).toEqual([
      { parkedAt: '2026-01-05T09:00:00.000Z', reason: PASSING, item: event('a') },
    ]);
    expect(sentTo('dead-letter').flat()).toMatchObject([{ item: event('b') }, { item: FRAME }]);
  });

  it('sends ten at most in a request, and what comes together together', async () => {
    const { parking, sentTo } = await createQueues();
    await Promise.all(names(23).map((name) => parking.park(event(name), PASSING)));
    expect(sentTo('parking').map((batch) => batch.length)).toEqual([10, 10, 3]);
    const ids = sentTo('parking')
      .flat()
      .map((record) => 'item' in record && 'eventId' in record.item && record.item.eventId);
    expect(ids).toEqual(names(23));
  });

  it('keeps the messages of a request below its limit in bytes', async () => {
    const { parking, requests } = await createQueues();
    const detail = JSON.stringify({ long: '日'.repeat(100_000) });
    await Promise.all(names(5).map((name) => parking.park(event(name, detail), PASSING)));
    expect(requests.map(({ Entries }) => Entries.length)).toEqual([3, 2]);
  });

  it('fails the one message that the queue refuses or says nothing of, and no other', async () => {
    const { parking } = await createQueues();
    const parked = await Promise.allSettled([
      parking.park(event('a'), PASSING),
      parking.park(event('b', '{"a":"REFUSE"}'), PASSING),
      parking.park(event('c', '{"a":"FORGET"}'), PASSING),
      parking.park(event('d'), PASSING),
    ]);
    expect(parked).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: expect.stringContaining('InternalError: not today') } },
      { status: 'rejected', reason: { code: 'QueueParkingFailed', canRetry: true } },
      { status: 'fulfilled' },
    ]);
  });

  it('fails all messages of a request that failed, asks once, and works again', async () => {
    const { down, parking, requests } = await createQueues();
    down.queue = true;
    const parked = await Promise.allSettled(names(2).map((name) => parking.park(event(name), PASSING)));
    expect(parked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(requests).toHaveLength(1);
    await expect(parking.park(event('c'), PASSING)).rejects.toThrow(QueueParkingError);
    down.queue = false;
    await parking.park(event('c'), PASSING);
  });

  it('stores the payload of an event, which is complete without it then', async () => {
    const { parking, sentTo, stored } = await createQueues();
    const payload = { ref: 's3://bucket/a', body: '{"long":1}' };
    await parking.park({ ...event('a'), payload }, PASSING);
    expect(stored).toEqual([payload]);
    expect(sentTo('parking').flat()).toMatchObject([{ item: event('a') }]);
    expect(sentTo('parking').flat()[0]).not.toHaveProperty('item.payload');
  });

  it('parks an event with its payload where nothing sends it by itself, when that can not be stored', async () => {
    const { down, metrics, parking, sentTo } = await createQueues();
    down.store = true;
    const payload = { ref: 's3://bucket/a', body: '{"long":1}' };
    await parking.park({ ...event('a'), payload }, { ...PASSING, code: 'PayloadNotStored' });
    expect(sentTo('parking')).toEqual([]);
    expect(sentTo('dead-letter').flat()).toMatchObject([{ item: { ...event('a'), payload } }]);
    expect(metrics.total('PayloadFailures')).toBe(1);
  });

  it('sends nothing that a rule would see malformed to the parking queue', async () => {
    const { parking, sentTo } = await createQueues();
    await parking.park(event('a', 'no JSON'), PASSING);
    expect(sentTo('parking')).toEqual([]);
    expect(sentTo('dead-letter').flat()).toMatchObject([{ item: event('a', 'no JSON') }]);
  });

  it('keeps an item that is larger than a message in the payload store, and parks where it is', async () => {
    const { down, parking, sentTo, stored } = await createQueues();
    const large = { ...FRAME, body: '日'.repeat(400_000) };
    await parking.park(large, FOR_GOOD);
    const [reference] = sentTo('dead-letter').flat();
    expect(reference).toMatchObject({ itemRef: stored[0]?.ref, reason: FOR_GOOD });
    expect(readParked(stored[0]?.body ?? '')).toMatchObject({ item: large });
    await parking.park(event('e', JSON.stringify({ a: 'x'.repeat(1_048_576) })), PASSING);
    expect(sentTo('parking')).toEqual([]);
    expect(stored[1]?.ref).toBe('s3://bucket/parked-e');
    down.store = true;
    await expect(parking.park(large, FOR_GOOD)).rejects.toThrow('the bucket is away');
  });
});
