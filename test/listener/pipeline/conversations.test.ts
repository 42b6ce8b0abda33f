import { describe, expect, it } from 'vitest';
import { createPipeline } from '../pipeline-harness.ts';

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
    expect(pipeline.conversations.backfill('c', conversation)).toBe('backfilled');
    expect(pipeline.conversations.backfill('c', conversation)).toBe('unchanged');
    const { participants } = body;
    const text = JSON.stringify({ id: 'unheard-of', participants });
    pipeline.conversations.backfill('unheard-of', { body: JSON.parse(text), text });
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
    expect(pipeline.conversations.backfill('c', { body, text: JSON.stringify(body) })).toBe('unavailable');
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
    expect(pipeline.conversations.knownEndOf('c')).toBe(isKnown ? Number.NEGATIVE_INFINITY : undefined);
  });
});
