import { describe, expect, it } from 'vitest';
import { Lanes, type PendingEvent } from '../../../listener/publish/lanes.ts';
import { ManualClock } from '../../manual-clock.ts';
import { event } from './harness.ts';

const clock = new ManualClock();

function pending(name: string, key: string, acceptedAtMs: number): PendingEvent {
  const outgoing = event(name, key, clock);
  const { detailType, detail, time } = outgoing;
  const entry = { source: 'conversation-bridge', detailType, detail, time };
  return { event: outgoing, entry, bytes: 40, acceptedAtMs, attempts: 0, alone: false };
}

describe('Lanes', () => {
  it('forgets the bytes of what it gave away, however it was taken', () => {
    const lanes = new Lanes({ maxEntries: 10, maxBytes: 100 });
    const takeAndAdvance = () => {
      const batch = lanes.takeBatch();
      for (const lane of batch) lanes.advance(lane, 1);
      return batch;
    };
    const takes = [takeAndAdvance, () => lanes.takeOverdue(2), () => lanes.takeAll()];
    for (const [index, take] of takes.entries()) {
      lanes.add(pending('a', `a${index}`, 1));
      lanes.add(pending('b', `b${index}`, 1));
      expect(lanes.full).toBe(false);
      expect(take()).toHaveLength(2);
      expect(lanes.readySinceMs).toBeUndefined();
    }
    lanes.add(pending('c', 'c', 1));
    lanes.add(pending('d', 'd', 1));
    expect(lanes.full).toBe(false);
    lanes.add(pending('e', 'e', 1));
    expect(lanes.full).toBe(true);
  });

  it('takes no event as overdue before its time, nor those behind it', () => {
    const lanes = new Lanes({ maxEntries: 10, maxBytes: 100 });
    lanes.add(pending('old', 'a', 1));
    lanes.add(pending('young', 'a', 5));
    lanes.add(pending('middle', 'b', 3));
    expect(lanes.takeOverdue(1)).toEqual([]);
    expect(lanes.takeOverdue(3).map(({ event: { eventId } }) => eventId)).toEqual(['old']);
    expect(lanes.takeBatch().map(({ head }) => head.event.eventId)).toEqual(['middle', 'young']);
  });
});
