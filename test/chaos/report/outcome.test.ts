import { expect, it } from 'vitest';
import { judge } from '../../../chaos/oracle/judge.ts';
import { failuresOf, footprintFlatOf } from '../../../chaos/report/outcome.ts';
import { evidence, seen, sent } from '../oracle/evidence.ts';

const grown = {
  heapMb: [70, 170],
  rssMb: [200, 300],
  rssPeakMb: 320,
  handles: [9, 9],
  cpu: [0.5, 0.5],
} as const;

it('whether a listener has grown is told only of one that was under load for five minutes', () => {
  expect(footprintFlatOf({ footprint: undefined })).toBeNull();
  expect(footprintFlatOf({ footprint: { ...grown, seconds: 120 } })).toBeNull();
  expect(footprintFlatOf({ footprint: { ...grown, seconds: 299 } })).toBe(false);
  expect(
    footprintFlatOf({ footprint: { ...grown, seconds: 299, heapMb: [70, 71], rssMb: [200, 200] } }),
  ).toBe(true);
});

it('a change that lies parked still, after all that was parked was sent again, is a failure', () => {
  const change = sent(1);
  const failures = (way: 'parked' | 'replayed') => {
    const judgement = judge(evidence({ sent: [change], events: [seen(change, { way })] }));
    const replay = { files: 1, failures: [] };
    return failuresOf({ judgement, crashed: [], leaks: [], replay, footprint: undefined });
  };
  expect(failures('replayed')).toEqual([]);
  expect(failures('parked')).toEqual([
    '1 changes still lie parked, though all that was parked was sent again',
  ]);
});
