import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type NotificationFrame, parseFrame } from '../../listener/contract/frame.ts';
import { Pipeline, type PipelineOptions } from '../../listener/pipeline.ts';
import { createHarness } from './publish/harness.ts';

const QUEUE = 'v2.routing.queues.q.conversations';
const USER = 'v2.users.u.conversations';

const Detail = z.object({
  topicName: z.string().optional(),
  eventBody: z.unknown().optional(),
  metadata: z.unknown().optional(),
  conversation: z.object({ id: z.string(), version: z.number(), changes: z.array(z.string()) }).optional(),
  bridge: z.looseObject({ topics: z.array(z.string()), payloadRef: z.string().optional() }),
});

/** A pipeline that stands by, in front of a bus that takes everything. */
function createPipeline(options: Partial<PipelineOptions> = {}) {
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
  const receive = (state: string, { topic = QUEUE, id = 'c', source = '1', sinceMs = 0, pad = '' } = {}) => {
    const text = `{"topicName":"${topic}","eventBody":{"id":"${id}","participants":[{"id":"p","purpose":"agent","userId":"u","queueId":"q","calls":[{"state":"${state}"}]}],"pad":"${pad}"},"metadata":{"CorrelationId":"m"}}`;
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

describe('a frame that trips over a defect', () => {
  it('is parked as it came, and those around it are published', async () => {
    const { pipeline, clock, receive, receivePoison, events, poisoned, metrics } = createPipeline();
    pipeline.takeOver(clock.now(), undefined);
    receive('alerting');
    receivePoison('{"topicName":"poison"}');
    receive('connected');
    expect(await events()).toHaveLength(2);
    expect(poisoned()).toEqual(['{"topicName":"poison"}']);
    expect(metrics.of('FramesRefused')).toBe(1);
    expect(metrics.of('InternalErrors')).toBe(1);
    expect(pipeline.oldestUnsettled).toBeUndefined();
  });

  it('among those that were kept is parked, and the take-over goes on', async () => {
    const { pipeline, clock, receive, receivePoison, events, poisoned, lines } = createPipeline();
    receive('alerting');
    receivePoison();
    receive('connected');
    pipeline.takeOver(clock.now(), undefined);
    expect((await events()).map(({ conversation }) => conversation?.version)).toEqual([1, 2]);
    expect(poisoned()).toHaveLength(1);
    expect(pipeline.mode).toBe('publishing');
    expect(lines.filter(({ msg }) => msg.includes('could not be handled'))).toHaveLength(1);
  });

  it('is let go of when it is too old to be kept, said and counted, and harms not the frame that comes then', async () => {
    const { pipeline, clock, receive, receivePoison, events, metrics, parking } = createPipeline();
    receivePoison();
    await clock.advance(61_000);
    receive('connected');
    expect(metrics.of('InternalErrors')).toBe(1);
    pipeline.takeOver(clock.now(), undefined);
    expect(await events()).toHaveLength(1);
    expect(parking.parked).toEqual([]);
  });

  it('only when its event is made is parked, too, also out of a timer; its key moves on', async () => {
    const store = {
      refOf: () => {
        throw new TypeError('a defect');
      },
      put: async () => {},
    };
    const { pipeline, clock, receive, events, poisoned, settled } = createPipeline({
      payloads: { store, limitBytes: 1_000 },
    });
    pipeline.takeOver(clock.now(), undefined);
    receive('alerting');
    receive('connected', { pad: 'x'.repeat(1_000) });
    receive('held');
    expect(await events()).toHaveLength(2);
    expect(poisoned()).toEqual([expect.stringContaining('"state":"connected"')]);
    expect(settled.at(-1)).toBe('c 3');
    expect(pipeline.oldestUnsettled).toBeUndefined();
  });
});

describe('a body that is too large', () => {
  it('goes to the payload store, and the event has the reference and everything else', async () => {
    const store = { refOf: (id: string) => `file:///payloads/${id}.json`, put: async () => {} };
    const { pipeline, clock, receive, events, metrics } = createPipeline({
      payloads: { store, limitBytes: 2_000 },
    });
    pipeline.takeOver(clock.now(), undefined);
    receive('alerting', { pad: 'ü'.repeat(100) });
    // In characters it is below the limit, in bytes it is not.
    receive('connected', { pad: 'ü'.repeat(900) });
    const [small, large] = await events();
    expect(small?.bridge.payloadRef).toBeUndefined();
    expect(small?.payload).toBeUndefined();
    expect(large).not.toHaveProperty('eventBody');
    expect(large).toMatchObject({
      topicName: QUEUE,
      metadata: { CorrelationId: 'm' },
      conversation: { id: 'c', version: 2, changes: ['agent.connected'] },
    });
    expect(large?.payload?.ref).toBe(large?.bridge.payloadRef);
    expect(JSON.parse(large?.payload?.body ?? '')).toMatchObject({ id: 'c', pad: 'ü'.repeat(900) });
    expect(metrics.of('PayloadsOffloaded')).toBe(1);
  });
});

describe('what was kept', () => {
  it('goes on from what it says itself, so that changes are known across the seam', async () => {
    const { pipeline, clock, receive, events } = createPipeline();
    receive('alerting');
    await clock.advance(61_000);
    const position = { key: 'c', version: 3, digest: 'of its predecessor', receivedAt: 0, open: true };
    const lowWatermark = clock.now();
    receive('connected');
    pipeline.takeOver(clock.now(), { lowWatermark, positions: new Map([['c', position]]) });
    const [event] = await events();
    expect(event?.conversation?.changes).toEqual(['agent.connected']);
  });

  it('by another topic than the seam is its echo, and the next alike is a repetition', async () => {
    const digests = new Map<string, { digest: string; receivedAt: number }>();
    const taking = createPipeline({
      settled: ({ key, digest, receivedAt }) => digests.set(key, { digest, receivedAt }),
    });
    taking.pipeline.takeOver(1, undefined);
    taking.receive('connected');
    await taking.events();
    const { pipeline, clock, receive, events } = createPipeline();
    receive('connected');
    receive('connected', { topic: USER });
    await clock.advance(3_000);
    receive('connected');
    receive('connected', { topic: USER });
    const position = { ...digests.get('c'), key: 'c', version: 7, open: true };
    const { digest = '', receivedAt = 0 } = position;
    pipeline.takeOver(2, {
      lowWatermark: receivedAt,
      positions: new Map([['c', { ...position, digest, receivedAt }]]),
    });
    const told = await events();
    expect(told.map(({ conversation, bridge }) => [conversation?.version, bridge.topics])).toEqual([
      [8, [QUEUE, USER]],
    ]);
  });

  it('is unknown to consumers as far as nothing was told before', async () => {
    const { pipeline, clock, receive, events } = createPipeline();
    receive('alerting');
    await clock.advance(61_000);
    receive('connected');
    pipeline.takeOver(clock.now(), undefined);
    const [event] = await events();
    expect(event?.conversation).toMatchObject({ version: 1, changes: ['unknown'] });
  });

  it('is told under versions that are behind what the predecessor may have told, and what comes after that under new ones', async () => {
    const { pipeline, clock, receive, events } = createPipeline();
    const position = { key: 'c', version: 3, digest: 'd', receivedAt: 0, revision: 'r', open: true };
    const checkpoint = { lowWatermark: clock.now(), positions: new Map([['c', position]]), countFrom: 500 };
    receive('alerting');
    receive('alerting', { id: 'unheard-of' });
    pipeline.takeOver(1, checkpoint, { skipTo: 9_000 });
    receive('connected');
    receive('connected', { id: 'unheard-of' });
    receive('alerting', { id: 'new' });
    const told = (await events()).map(({ conversation }) => `${conversation?.id} ${conversation?.version}`);
    expect(told.toSorted()).toEqual(['c 4', 'c 9001', 'new 9001', 'unheard-of 2', 'unheard-of 9001']);
  });

  it('is told under the versions of a predecessor that had skipped some', async () => {
    const { pipeline, clock, receive, events } = createPipeline();
    const position = { key: 'c', version: 3, digest: 'd', receivedAt: 0, revision: 'r', open: true };
    receive('alerting');
    pipeline.takeOver(1, {
      lowWatermark: clock.now(),
      positions: new Map([['c', position]]),
      countFrom: 500,
    });
    const [event] = await events();
    expect(event?.conversation?.version).toBe(501);
  });

  it('is told as it would have been where the lease was lost meanwhile: what its predecessor has told is not told anew', async () => {
    let hasRoom = false;
    const { pipeline, clock, receive, events } = createPipeline({ hasRoom: () => hasRoom });
    const position = { key: 'c', version: 3, digest: 'd', receivedAt: 0, revision: 'r', open: true };
    receive('alerting');
    await clock.advance(10_000);
    const checkpoint = { lowWatermark: clock.now() - 1_000, positions: new Map([['c', position]]) };
    receive('connected');
    pipeline.takeOver(1, checkpoint, { skipTo: 9_000 });
    receive('disconnected');
    pipeline.standDown();
    hasRoom = true;
    pipeline.goOn(2);
    receive('alerting');
    const told = (await events()).map(({ conversation }) => conversation?.version);
    expect(told).toEqual([4, 9_001, 9_002]);
  });

  it('is told under new versions where the lease was lost until it was kept no longer', async () => {
    let hasRoom = false;
    const { pipeline, clock, receive, events } = createPipeline({ hasRoom: () => hasRoom });
    const position = { key: 'c', version: 3, digest: 'd', receivedAt: 0, revision: 'r', open: true };
    const checkpoint = { lowWatermark: clock.now(), positions: new Map([['c', position]]) };
    receive('alerting');
    pipeline.takeOver(1, checkpoint, { skipTo: 9_000 });
    await clock.advance(61_000);
    pipeline.standDown();
    hasRoom = true;
    pipeline.goOn(2);
    receive('connected');
    const versions = (await events()).map(({ conversation }) => conversation?.version);
    expect(versions).toEqual([9_001]);
  });

  it('of a later connection is no echo of what came before it was there', async () => {
    const { pipeline, clock, receive, events } = createPipeline();
    receive('connected');
    await clock.advance(3_000);
    const sinceMs = clock.monotonic();
    await clock.advance(1_000);
    receive('connected', { source: '2', sinceMs });
    pipeline.takeOver(clock.now(), undefined);
    expect((await events()).map(({ conversation }) => conversation?.version)).toEqual([1, 2]);
  });
});

describe('a conversation that was asked for', () => {
  const body = {
    id: 'c',
    participants: [{ id: 'p', purpose: 'agent', userId: 'u', queueId: 'q', calls: [{ state: 'connected' }] }],
    pad: '',
  };
  const conversation = { body, text: JSON.stringify(body) };

  it('is published though it was accepted in a term that was lost, with a version that is new', async () => {
    const { pipeline, publisher, clock, receive, events, bus, settled } = createPipeline();
    pipeline.takeOver(1, undefined);
    receive('alerting');
    await events();
    receive('connected');
    pipeline.standDown();
    const settledBefore = [...settled];
    pipeline.disown();
    publisher.abandon('LeaseLost', 'another listener may publish it by now');
    await clock.advance(0);
    expect(settled).toEqual(settledBefore);
    const before = bus.calls.length;
    const position = { key: 'c', version: 1, digest: 'd', receivedAt: 0, revision: 'r', open: true };
    const checkpoint = { lowWatermark: clock.now(), positions: new Map([['c', position]]) };
    pipeline.takeOver(2, checkpoint, { skipTo: 9_000 });
    expect(pipeline.backfill(conversation)).toBe('backfilled');
    expect(pipeline.backfill(conversation)).toBe('unchanged');
    const { participants } = body;
    const text = JSON.stringify({ id: 'unheard-of', participants });
    pipeline.backfill({ body: JSON.parse(text), text });
    const [last, unheard] = (await events()).slice(-2);
    expect(unheard?.conversation).toMatchObject({ id: 'unheard-of', version: 9_001, changes: ['unknown'] });
    expect(bus.calls.length).toBeGreaterThan(before);
    expect(last?.conversation?.version).toBe(9_001);
  });
});

describe('a conversation that was answered in no known shape', () => {
  it('is not taken for one of no topic: it is counted, and said', () => {
    const { pipeline, metrics, lines } = createPipeline();
    pipeline.takeOver(1, undefined);
    const body = { id: 'c', participants: [{ purpose: 'agent' }] };
    expect(pipeline.backfill({ body, text: JSON.stringify(body) })).toBe('unavailable');
    expect(metrics.of('BodiesUnknown')).toBe(1);
    expect(lines.filter(({ msg }) => msg.includes('in no shape that is known'))).toHaveLength(1);
  });
});

describe('an end that was written down', () => {
  const end = { key: 'c', version: 3, digest: 'd', receivedAt: 0, revision: 'r', open: false };
  const gap = { id: 'g', from: 0, reason: 'takeover' };

  it.each([
    { what: 'is known to be the last thing that was told', gaps: [], isKnown: true },
    { what: 'is not, where a gap was open', gaps: [gap], isKnown: false },
  ])('$what', ({ gaps, isKnown }) => {
    const { pipeline, clock } = createPipeline();
    const checkpoint = { lowWatermark: clock.now(), positions: new Map([['c', end]]), gaps };
    pipeline.takeOver(1, checkpoint, { skipTo: 9_000 });
    expect(pipeline.hasEnded('c')).toBe(isKnown);
  });
});

describe('the oldest receipt of what is not settled', () => {
  it('is that of a frame that is being parked, until it is', async () => {
    const { pipeline, clock, parking } = createPipeline();
    pipeline.takeOver(clock.now(), undefined);
    let park = () => {};
    parking.script.push(() => new Promise((resolve) => (park = resolve)));
    const receivedAt = clock.now();
    pipeline.refused({ data: 'x', receivedAt, receivedAtMs: clock.monotonic() }, 'MalformedFrame', '');
    await clock.advance(5_000);
    expect(pipeline.oldestUnsettled).toBe(receivedAt);
    park();
    await clock.advance(0);
    expect(pipeline.oldestUnsettled).toBeUndefined();
  });
});
