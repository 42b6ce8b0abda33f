import { describe, expect, it } from 'vitest';
import { judge } from '../../../chaos/oracle/judge.ts';
import { evidence, seen, sent } from './evidence.ts';

const [first, second, third] = [sent(1), sent(2), sent(3)];
const all = [first, second, third];
const underTerm = (term: number, counter: number) =>
  `${String(term).padStart(13, '0')}-${String(counter).padStart(12, '0')}`;

const unfenced = (events: Parameters<typeof judge>[0]['events']) =>
  judge(evidence({ sent: all, events })).unfenced.map(({ sequence }) => sequence);

describe('an event of a term that was over', () => {
  const before = seen(first, { sequence: underTerm(100, 1) });
  const successors = [
    seen(second, { sequence: underTerm(200, 1) }),
    seen(third, { sequence: underTerm(200, 2) }),
  ];

  it('is a breach when its change was made after the successor had begun', () => {
    const late = seen(third, { sequence: underTerm(100, 2), at: third.at + 50 });
    expect(unfenced([before, ...successors, late])).toEqual([late.sequence]);
  });

  it('is none when it may have been on its way, however late it comes', () => {
    const late = seen(second, { sequence: underTerm(100, 2), at: 60_000 });
    expect(unfenced([before, ...successors, late])).toEqual([]);
  });

  it('is none when it was parked, and sent again later', () => {
    const parked = seen(third, { sequence: underTerm(100, 2), way: 'parked' });
    const replayed = seen(third, { sequence: underTerm(100, 2), way: 'replayed', at: 90_000 });
    expect(unfenced([before, ...successors, parked, replayed])).toEqual([]);
  });

  it('is a breach though terms have come and gone since', () => {
    const later = seen(third, { sequence: underTerm(300, 1), at: third.at + 10 });
    const late = seen(third, { sequence: underTerm(100, 9), at: third.at + 20 });
    expect(unfenced([before, ...successors, later, late])).toEqual([late.sequence]);
  });
});

it('one term after another is no breach', () => {
  const events = all.map((change) => seen(change, { sequence: underTerm(change.change * 100, 1) }));
  expect(unfenced(events)).toEqual([]);
});
