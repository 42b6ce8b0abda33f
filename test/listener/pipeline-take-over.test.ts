import { describe, expect, it } from 'vitest';
import type { KeyPosition } from '../../listener/continuity/checkpoint-store.ts';
import { createPipeline, QUEUE, USER } from './pipeline-harness.ts';

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

  it('is parked by a successor, too, unless its predecessor has seen to it by any clock', async () => {
    const { pipeline, clock, parking } = createPipeline();
    const refused = (data: string) => {
      const receivedAt = clock.now();
      pipeline.refused({ data, receivedAt, receivedAtMs: clock.monotonic() }, 'MalformedFrame', '');
    };
    refused('long before');
    await clock.advance(5_000);
    refused('a moment before');
    await clock.advance(5);
    const lowWatermark = clock.now();
    pipeline.takeOver(clock.now(), { lowWatermark, positions: new Map() });
    await clock.advance(100);
    expect(parking.parked.flatMap(({ item }) => (item.kind === 'frame' ? [item.body] : []))).toEqual([
      'a moment before',
    ]);
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

  it('by two connections that overlapped is settled as often as it came, up to the seam', async () => {
    const positions = new Map<string, KeyPosition>();
    const taken = createPipeline({ settled: (position) => positions.set(position.key, position) });
    taken.pipeline.takeOver(1, undefined);
    const { pipeline, clock, receive, events } = createPipeline();
    const both = async (state: string) => {
      receive(state, { source: 'old' });
      taken.receive(state);
      await clock.advance(200);
      await taken.events();
    };
    await both('alerting');
    await both('connected');
    // What the new connection has kept back comes when it takes over.
    for (const state of ['alerting', 'connected', 'disconnected']) receive(state, { source: 'new' });
    receive('disconnected', { source: 'old' });
    expect(positions.get('c')?.version).toBe(2);
    pipeline.takeOver(2, { lowWatermark: clock.now() - 1_000, positions });
    const told = await events();
    expect(told.map(({ conversation }) => [conversation?.version, conversation?.changes])).toEqual([
      [3, expect.arrayContaining(['agent.ended'])],
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

  it('of an old conversation that nobody knows counts from no less than another listener has counted that had it later', async () => {
    const versions = [];
    for (const laterMs of [0, 10]) {
      const { pipeline, clock, receive, events } = createPipeline();
      const since = new Date(clock.now() - 600_000).toISOString();
      // Just before the turn of a minute, and just after.
      await clock.advance(60_000 - (clock.now() % 60_000) - 5 + laterMs);
      if (laterMs > 0) pipeline.takeOver(clock.now(), undefined);
      receive('connected', { since });
      if (laterMs === 0) pipeline.takeOver(clock.now(), undefined);
      versions.push((await events())[0]?.conversation?.version ?? 0);
    }
    expect(versions[0]).toBeGreaterThan(1_000);
    expect(versions[0]).toBe(versions[1]);
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
