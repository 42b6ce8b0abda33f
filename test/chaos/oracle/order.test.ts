import { describe, expect, it } from 'vitest';
import { judge } from '../../../chaos/oracle/judge.ts';
import { evidence, gap, numbers, seen, sent, sequence } from './evidence.ts';

const [first, second, third] = [sent(1), sent(2), sent(3)];
const all = [first, second, third];

describe('order', () => {
  it('is broken when a later change arrived first', () => {
    const events = [seen(second), seen(first), seen(third)];
    const verdict = judge(evidence({ sent: all, events }));
    expect(numbers(verdict.outOfOrder)).toEqual([1]);
    expect(verdict.outOfSequence).toEqual([]);
  });

  it('is not broken by a second delivery, nor by another conversation', () => {
    const other = sent(4, { conversationId: 'd' });
    const events = [seen(first), seen(other), seen(second), seen(first), seen(third)];
    const verdict = judge(evidence({ sent: [...all, other], events }));
    expect(verdict).toMatchObject({ outOfOrder: [], outOfSequence: [] });
  });

  it('is not broken by what was parked and is sent again', () => {
    const parked = seen(first, { way: 'parked' });
    const events = [seen(second), seen(third), parked, seen(first, { way: 'replayed', at: 9_000 })];
    const verdict = judge(evidence({ sent: all, events }));
    expect(verdict).toMatchObject({ outOfOrder: [], outOfSequence: [], redelivered: 0 });
  });

  it('is broken by sequence numbers that say otherwise', () => {
    const events = [
      seen(first, { sequence: sequence(2) }),
      seen(second, { sequence: sequence(1) }),
      seen(third),
    ];
    const verdict = judge(evidence({ sent: all, events }));
    expect(verdict.outOfOrder).toEqual([]);
    expect(numbers(verdict.outOfSequence)).toEqual([1]);
  });
});

describe('changes that a successor published once more', () => {
  const term = (epoch: number, counter: number) =>
    `${epoch}-${sequence(counter).slice(14)}`.padStart(26, '0');

  it('are in order where the earlier ones were never published before', () => {
    const before = [second, third].map((change) => seen(change, { sequence: term(1, change.change) }));
    const after = all.map((change) =>
      seen(change, { sequence: term(2, change.change), way: 'replayed', at: 9_000 + change.change }),
    );
    const verdict = judge(evidence({ sent: all, events: [...before, ...after] }));
    expect(verdict).toMatchObject({ outOfSequence: [], stale: [] });
  });

  it('are in order where that was at once', () => {
    const before = [second, third].map((change) => seen(change, { sequence: term(1, change.change) }));
    const after = all.map((change) =>
      seen(change, { eventId: `again-${change.change}`, sequence: term(2, change.change), at: 9_000 }),
    );
    const verdict = judge(evidence({ sent: all, events: [...before, ...after] }));
    expect(verdict).toMatchObject({ outOfOrder: [], outOfSequence: [], stale: [] });
  });

  it('are out of order where the later ones are not published once more', () => {
    const before = [second, third].map((change) => seen(change, { sequence: term(1, change.change) }));
    const after = seen(first, { sequence: term(2, 1), at: 9_000 });
    const verdict = judge(evidence({ sent: all, events: [...before, after] }));
    expect(numbers(verdict.outOfOrder)).toEqual([1]);
  });

  it('take nobody back whose versions are behind, if they had been told in time', () => {
    const before = all.map((change) => seen(change, { sequence: term(1, change.change) }));
    const again = seen(second, { sequence: term(2, 1), at: 9_000 });
    const verdict = judge(evidence({ sent: all, events: [...before, again] }));
    expect(verdict).toMatchObject({ outOfOrder: [], outOfSequence: [] });
  });

  it('take nobody back whose versions are behind, if a gap tells of when they were made', () => {
    const before = [second, third].map((change) => seen(change, { sequence: term(1, change.change) }));
    const after = seen(first, { sequence: term(2, 1), at: 9_000 });
    const covering = gap(0, 5_000, { reason: 'takeover' });
    const verdict = judge(evidence({ sent: all, events: [...before, after], gaps: [covering] }));
    expect(verdict.outOfOrder).toEqual([]);
  });

  it('are out of order where a new version takes consumers back, whatever gap there was', () => {
    const before = all.map((change) => seen(change, { sequence: term(1, change.change) }));
    const again = seen(second, { eventId: 'again', version: 9, sequence: term(2, 1), at: 9_000 });
    const gaps = [gap(0, 5_000, { reason: 'takeover' })];
    const verdict = judge(evidence({ sent: all, events: [...before, again], gaps }));
    expect(numbers(verdict.outOfOrder)).toEqual([2]);
  });
});
