import { expect, it } from 'vitest';
import { footprintOf } from '../../chaos/listeners/footprint.ts';

const MIB = 1024 * 1024;
const samples = (count: number, heapOf: (n: number) => number) =>
  Array.from({ length: count }, (_, n) => ({ heap: heapOf(n) * MIB, rss: 2 * heapOf(n) * MIB, handles: 4 }));

it('a footprint compares what is left of the heap in the third and the last quarter', () => {
  const flat = footprintOf(samples(40, (n) => (n % 5 === 0 ? 50 : 80)));
  expect(flat).toEqual({ seconds: 40, heapMb: [50, 50], rssMb: [160, 160], handles: [4, 4] });
  const leaking = footprintOf(samples(40, (n) => 50 + n));
  expect(leaking?.heapMb).toEqual([70, 80]);
  expect(leaking?.rssMb).toEqual([150, 170]);
});

it('a listener that lived shortly has none', () => {
  expect(footprintOf(samples(19, () => 50))).toBeUndefined();
});
