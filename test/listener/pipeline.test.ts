import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseFrame } from '../../listener/contract/frame.ts';
import { Pipeline } from '../../listener/pipeline.ts';
import { QUEUE, USER } from './pipeline-harness.ts';
import { createHarness } from './publish/harness.ts';

const Detail = z.object({
  topicName: z.string().optional(),
  eventBody: z.unknown().optional(),
  conversation: z.object({ version: z.number() }).optional(),
  bridge: z.looseObject({ topics: z.array(z.string()), sequence: z.string(), eventId: z.string() }),
});

/** A pipeline in front of a bus that holds requests back; both topics are subscribed to. */
function createPipeline(detailTypeMode: 'contract' | 'topic' = 'contract') {
  const { publisher, clock, logger, metrics, bus } = createHarness();
  const pipeline = new Pipeline({
    publisher,
    clock,
    logger,
    metrics,
    shard: 's1',
    dialect: 'channels',
    detailTypeMode,
    subscribedTo: (topic) => [QUEUE, USER, `${QUEUE}.calls`].includes(topic),
  });
  pipeline.takeOver(clock.now(), undefined);
  const receive = (text: string) => {
    const frame = parseFrame(text);
    if (frame.kind !== 'notification') throw new Error(`this is no notification: ${text}`);
    const received = { data: text, receivedAt: clock.now(), receivedAtMs: clock.monotonic() };
    pipeline.notification(frame, received, { id: '1', sinceMs: 0 });
  };
  const bodies = (muted: boolean) =>
    `{"id":"c","participants":[{"id":"p1","purpose":"acd","queueId":"q"},{"id":"p2","purpose":"agent","userId":"u","calls":[{"state":"connected","muted":${muted}}]}]}`;
  const snapshot = (topic: string, muted = false) =>
    receive(`{"topicName":"${topic}","eventBody":${bodies(muted)}}`);
  return { pipeline, publisher, clock, metrics, bus, receive, snapshot };
}

/** Lets the bus take everything, and gives back the details that it got. */
async function taken({ bus, clock, publisher }: ReturnType<typeof createPipeline>) {
  for (let turn = 0; turn < 50; turn++) {
    await clock.advance(10);
    for (const call of bus.open) call.accept();
  }
  await clock.advance(0);
  expect(publisher.stats().pending).toBe(0);
  return bus.calls.flatMap(({ entries }) =>
    entries.map(({ detail, detailType }) => ({ detailType, ...Detail.parse(JSON.parse(detail)) })),
  );
}

const mutes = (events: Awaited<ReturnType<typeof taken>>) =>
  events.map(({ eventBody }) => JSON.stringify(eventBody).includes('"muted":true'));

describe('a change that comes by two topics', () => {
  it('is published once, as soon as the echo has come, with both topics named', async () => {
    const harness = createPipeline();
    harness.snapshot(QUEUE);
    expect(harness.publisher.stats().accepted).toBe(0);
    harness.snapshot(USER);
    expect(harness.publisher.stats().accepted).toBe(1);
    expect(harness.metrics.of('EchoesMatched')).toBe(1);
    const [event, ...more] = await taken(harness);
    expect(more).toEqual([]);
    expect(event?.bridge.topics).toEqual([QUEUE, USER]);
    expect(event?.topicName).toBe(QUEUE);
  });

  it('is published with the topic it came by when the echo is late, and the echo is none of its own', async () => {
    const harness = createPipeline();
    harness.snapshot(QUEUE);
    await harness.clock.advance(10);
    expect(harness.publisher.stats().accepted).toBe(1);
    harness.snapshot(USER);
    const events = await taken(harness);
    expect(events.map(({ bridge }) => bridge.topics)).toEqual([[QUEUE]]);
  });

  it('as mute, unmute, mute gives three events, in order, with versions of their own', async () => {
    const harness = createPipeline();
    for (const muted of [true, false, true]) harness.snapshot(QUEUE, muted);
    for (const muted of [true, false, true]) harness.snapshot(USER, muted);
    const events = await taken(harness);
    expect(mutes(events)).toEqual([true, false, true]);
    expect(events.map(({ conversation }) => conversation?.version)).toEqual([1, 2, 3]);
    expect(new Set(events.map(({ bridge }) => bridge.eventId)).size).toBe(3);
    for (const { bridge } of events) expect(bridge.topics).toEqual([QUEUE, USER]);
  });

  it('keeps its place when a later one has no echo to wait for', async () => {
    const harness = createPipeline();
    harness.snapshot(QUEUE, true);
    harness.receive(
      '{"topicName":"v2.detail.events.conversation.c.acw","eventBody":{"conversationId":"c","eventTime":1}}',
    );
    harness.snapshot(USER, true);
    const events = await taken(harness);
    expect(events.map(({ topicName }) => topicName)).toEqual([QUEUE, 'v2.detail.events.conversation.c.acw']);
    expect(events.map(({ bridge }) => bridge.sequence)).toEqual(
      events.map(({ bridge }) => bridge.sequence).toSorted(),
    );
  });

  it('in another shape is another event', async () => {
    const harness = createPipeline();
    harness.snapshot(QUEUE);
    harness.snapshot(USER);
    harness.receive(`{"topicName":"${QUEUE}.calls","eventBody":{"id":"c","participants":[]}}`);
    expect(await taken(harness)).toHaveLength(2);
  });
});

describe('the same body again', () => {
  it('by the same topic is another event', async () => {
    const harness = createPipeline();
    harness.receive('{"topicName":"v2.users.u.presence","eventBody":{"id":"x"}}');
    harness.receive('{"topicName":"v2.users.u.presence","eventBody":{"id":"x"}}');
    expect(await taken(harness)).toHaveLength(2);
  });

  it('by the presence of two users is no echo', async () => {
    const harness = createPipeline();
    harness.receive('{"topicName":"v2.users.u.presence","eventBody":{"id":"x"}}');
    harness.receive('{"topicName":"v2.users.w.presence","eventBody":{"id":"x"}}');
    expect(await taken(harness)).toHaveLength(2);
    expect(harness.metrics.of('EchoesMatched')).toBe(0);
  });
});

describe('the event', () => {
  it('names shard, dialect and a sequence that grows with each event', async () => {
    const harness = createPipeline();
    for (let n = 0; n < 3; n++)
      harness.receive(`{"topicName":"v2.users.u.presence","eventBody":{"id":"${n}"}}`);
    harness.pipeline.connectionChanged({ state: 'live', previousState: 'subscribing' });
    const bridges = (await taken(harness)).map(({ bridge }) => bridge);
    for (const bridge of bridges) expect(bridge).toMatchObject({ shard: 's1', dialect: 'channels' });
    const sequences = bridges.map(({ sequence }) => sequence);
    expect(sequences.toSorted()).toEqual(['1', '2', '3', '4'].map((n) => expect.stringMatching(`0${n}$`)));
  });

  it('has the topic as its detail-type when that is asked for', async () => {
    const harness = createPipeline('topic');
    harness.snapshot(USER);
    const [event] = await taken(harness);
    expect(event?.detailType).toBe('v2.users.{id}.conversations');
  });
});

describe('how late an update is', () => {
  it('counts from the time that it brought to the acknowledgement of the bus', async () => {
    const harness = createPipeline();
    const { clock, metrics, receive, bus } = harness;
    const send = (...times: number[]) => {
      const participants = times.map((ms, n) => ({ id: `p${n}`, connectedTime: new Date(ms).toISOString() }));
      receive(JSON.stringify({ topicName: QUEUE, eventBody: { id: 'c', participants } }));
    };
    const start = clock.now();
    send(start);
    await taken(harness);
    const happened = clock.now();
    await clock.advance(300);
    send(start, happened);
    await clock.advance(0);
    await clock.advance(25);
    for (const call of bus.open) call.accept();
    await clock.advance(0);
    expect(metrics.observed.get('EventLag')).toEqual([325]);
  });
});
