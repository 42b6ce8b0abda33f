import { describe, expect, it } from 'vitest';
import { judge } from '../../../chaos/oracle/judge.ts';
import type { Evidence } from '../../../chaos/oracle/records.ts';
import { evidence, fault, gap, seen, sent } from './evidence.ts';

const change = sent(20);
const again = seen(change, { eventId: 'another', at: change.at + 400 });
const unexcused = (parts: Partial<Evidence>, events = [seen(change), again]) =>
  judge(evidence({ sent: [change], events, ...parts })).doubledUnexcused.map(({ eventId }) => eventId);
const takeover = (from: number, closedAt: number) =>
  gap(from, from + 1_000, { reason: 'takeover', closedAt });

describe('a change that came twice, under two event ids', () => {
  it('is held against the bridge when no gap accounts for it, whatever was played', () => {
    expect(unexcused({})).toEqual(['another']);
    expect(unexcused({ faults: [fault(18_000, 21_000, { name: 'kill' })] })).toEqual(['another']);
  });

  it('is excused when a successor told that it had not been there from before the change on', () => {
    expect(unexcused({ gaps: [takeover(15_000, 24_000)] })).toEqual([]);
  });

  it('is excused when it lay parked, by when it was made and not by when it was found', () => {
    const parked = seen(change, { eventId: 'another', way: 'parked', at: 90_000 });
    expect(unexcused({ gaps: [takeover(15_000, 24_000)] }, [seen(change), parked])).toEqual([]);
    expect(unexcused({ gaps: [takeover(85_000, 95_000)] }, [seen(change), parked])).toEqual(['another']);
  });

  it('is excused when its state was repeated soon, in the same conversation', () => {
    const alike = (number: number, conversationId = 'c') => {
      const repeated = sent(number, { digest: change.digest, conversationId });
      return unexcused({ sent: [change, repeated] }, [seen(change), again, seen(repeated)]);
    };
    expect(alike(21)).toEqual([]);
    expect(alike(60)).toEqual(['another']);
    expect(alike(21, 'd')).toEqual(['another']);
  });

  it('is excused when a state of its conversation was repeated soon, from the first time on, and another listener took over', () => {
    const told = (firstAgoMs: number, apartMs: number, takenOverAfterMs = 5_000) => {
      const first = sent(18, { digest: 'mute', at: change.at - firstAgoMs });
      const second = sent(19, { digest: 'mute', at: first.at + apartMs });
      const all = [first, second, change];
      const holders = [
        { caller: 'listener-1', at: 1_000 },
        { caller: 'listener-2', at: change.at + takenOverAfterMs },
      ];
      return unexcused({ sent: all.sort((a, b) => a.at - b.at), holders }, [
        seen(first),
        seen(second),
        seen(change),
        again,
      ]);
    };
    expect(told(5_000, 10)).toEqual([]);
    expect(told(5_000, 2_900)).toEqual([]);
    expect(told(20, 40)).toEqual([]);
    expect(told(5_000, 3_100)).toEqual(['another']);
    expect(told(15_000, 10)).toEqual(['another']);
    expect(told(-20, 10)).toEqual(['another']);
    expect(told(5_000, 10, 25_000)).toEqual(['another']);
    expect(told(5_000, 10, -1_000)).toEqual(['another']);
  });

  it('is excused when it was made while a listener stood still, and only then', () => {
    const freeze = (from: number, until: number) =>
      fault(from, until, { name: 'freeze', standsStill: true, mayMiss: false });
    expect(unexcused({ faults: [freeze(16_000, 22_000)] })).toEqual([]);
    expect(unexcused({ faults: [freeze(10_000, 15_000)] })).toEqual(['another']);
    expect(unexcused({ faults: [freeze(25_000, 30_000)] })).toEqual(['another']);
  });

  it('is excused by a gap of another reason only if another listener began to publish while it was open', () => {
    const lost = gap(15_000, 22_000, { closedAt: 30_000 });
    const holders = (at: number) => [
      { caller: 'listener-1', at: 1_000 },
      { caller: 'listener-2', at },
    ];
    expect(unexcused({ gaps: [lost] })).toEqual(['another']);
    expect(unexcused({ gaps: [lost], holders: holders(25_000) })).toEqual([]);
    expect(unexcused({ gaps: [lost], holders: holders(40_000) })).toEqual(['another']);
  });

  it('is not excused by a gap of another time', () => {
    expect(unexcused({ gaps: [takeover(1_000, 5_000)] })).toEqual(['another']);
    expect(unexcused({ gaps: [takeover(25_000, 29_000)] })).toEqual(['another']);
  });

  it('is fine under one event id: consumers leave it out', () => {
    const twice = [seen(change), seen(change, { at: change.at + 400 })];
    const verdict = judge(evidence({ sent: [change], events: twice }));
    expect(verdict).toMatchObject({ doubled: [], doubledUnexcused: [], redelivered: 1 });
  });
});
