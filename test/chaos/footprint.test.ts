import { expect, it } from 'vitest';
import { footprintOf, isFlat } from '../../chaos/listeners/footprint.ts';

const MIB = 1024 * 1024;
const samples = (count: number, heapOf: (n: number) => number, handlesOf: (n: number) => number = () => 4) =>
  Array.from({ length: count }, (_, n) => ({
    at: n * 1_000,
    heap: heapOf(n) * MIB,
    rss: 2 * heapOf(n) * MIB,
    handles: handlesOf(n),
    cpu: n * 250_000,
  }));

it('a footprint compares what is left of the heap in the third and the last quarter', () => {
  const flat = footprintOf(samples(40, (n) => (n % 5 === 0 ? 50 : 80)));
  expect(flat).toEqual({
    seconds: 40,
    heapMb: [50, 50],
    rssMb: [100, 100],
    rssPeakMb: 160,
    handles: [4, 4],
    cpu: [0.25, 0.25],
  });
  const leaking = footprintOf(samples(40, (n) => 50 + n));
  expect(leaking?.heapMb).toEqual([70, 80]);
  expect(leaking?.rssMb).toEqual([140, 160]);
  expect(leaking?.rssPeakMb).toBe(178);
});

it('a footprint compares the handles that are left between requests', () => {
  const busierThanBefore = footprintOf(
    samples(
      80,
      () => 50,
      (n) => (n % 10 === 0 ? 8 : 8 + n),
    ),
  );
  expect(busierThanBefore?.handles).toEqual([8, 8]);
  const leaking = footprintOf(
    samples(
      80,
      () => 50,
      (n) => 8 + Math.floor(n / 2),
    ),
  );
  expect(leaking?.handles).toEqual([28, 38]);
});

it('a listener that lived shortly has none', () => {
  expect(footprintOf(samples(19, () => 50))).toBeUndefined();
});

it('a footprint is flat while the last quarter has no more than the third, give or take what is left of garbage', () => {
  const flat = { seconds: 600, cpu: [0.5, 0.5], rssPeakMb: 400 } as const;
  const steady = { ...flat, heapMb: [70, 78], rssMb: [200, 235], handles: [12, 15] } as const;
  expect(isFlat(steady)).toBe(true);
  expect(isFlat({ ...steady, heapMb: [70, 40] })).toBe(true);
  expect(isFlat({ ...steady, heapMb: [70, 81] })).toBe(false);
  expect(isFlat({ ...steady, heapMb: [300, 329] })).toBe(true);
  expect(isFlat({ ...steady, rssMb: [200, 245] })).toBe(false);
  expect(isFlat({ ...steady, handles: [12, 18] })).toBe(false);
});
