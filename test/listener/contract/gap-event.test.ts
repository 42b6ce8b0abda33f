import { describe, expect, it } from 'vitest';
import { eventSchemas } from '../../../listener/contract/event.ts';
import { assembleGapEvent, type GapClosed, type GapDetected } from '../../../listener/contract/gap-event.ts';
import { receipt } from './fixtures.ts';

const FROM = Date.parse('2026-01-05T08:59:00.000Z');
const span = { id: 'g1', from: FROM, reason: 'heartbeat-missed' };
const detected: GapDetected = { kind: 'detected', gap: { ...span, openConversations: 3 } };
const conversations = {
  checked: 6,
  backfilled: 1,
  unchanged: 1,
  live: 1,
  unavailable: 1,
  foreign: 2,
  discovered: 3,
};
const closed: GapClosed = {
  kind: 'closed',
  gap: { ...span, until: FROM + 1_500, closedAt: FROM + 62_000, conversations },
};

describe('an event about a gap', () => {
  it('tells what the contract says of its begin', () => {
    const event = assembleGapEvent(detected, receipt());
    expect(event.detailType).toBe('Bridge Gap Detected');
    const detail = eventSchemas['Bridge Gap Detected'].shape.detail.parse(JSON.parse(event.detail));
    expect(detail.gap).toEqual({
      id: 'g1',
      from: '2026-01-05T08:59:00.000Z',
      reason: 'heartbeat-missed',
      openConversations: 3,
    });
    expect(detail.bridge).toMatchObject({
      eventId: event.eventId,
      topics: [],
      backfilled: false,
      shard: '0',
    });
  });

  it('tells what the contract says of its closing', () => {
    const event = assembleGapEvent(closed, receipt());
    expect(event.detailType).toBe('Bridge Gap Closed');
    const detail = eventSchemas['Bridge Gap Closed'].shape.detail.parse(JSON.parse(event.detail));
    expect(detail.gap).toEqual({
      id: 'g1',
      from: '2026-01-05T08:59:00.000Z',
      until: '2026-01-05T08:59:01.500Z',
      seconds: 1.5,
      reason: 'heartbeat-missed',
      conversations,
      closedAfterSeconds: 60.5,
    });
  });

  it('is the same event when it is told again, and another one for another gap or kind', () => {
    const ids = [
      assembleGapEvent(detected, receipt(1)),
      assembleGapEvent(detected, receipt(2)),
      assembleGapEvent(closed, receipt(3)),
      assembleGapEvent({ ...detected, gap: { ...detected.gap, id: 'g2' } }, receipt(4)),
    ].map(({ eventId }) => eventId);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });

  it('keeps its order: begin and closing have the same key', () => {
    expect(assembleGapEvent(detected, receipt()).orderingKey).toBe(
      assembleGapEvent(closed, receipt()).orderingKey,
    );
  });

  it('has no time below 0, though the clock was set back', () => {
    const event = assembleGapEvent({ ...closed, gap: { ...closed.gap, closedAt: FROM } }, receipt());
    expect(JSON.parse(event.detail).gap.closedAfterSeconds).toBe(0);
  });
});
