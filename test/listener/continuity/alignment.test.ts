import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, type Predecessor } from '../../../listener/continuity/alignment.ts';
import type { KeyPosition } from '../../../listener/continuity/checkpoint-store.ts';

const at = (key: string, digest: string, receivedAt: number, sinceAt = 0) => ({
  key,
  digest,
  receivedAt,
  sinceAt,
});

function positions(...all: readonly ReturnType<typeof at>[]): Predecessor {
  const reached = all.map((each): [string, KeyPosition] => [each.key, { ...each, version: 1, open: true }]);
  return { lowWatermark: Number.NEGATIVE_INFINITY, positions: new Map(reached) };
}

describe('what was kept', () => {
  it('is due when nothing is known of its key', () => {
    expect(align([at('a', 'x', 1)], positions())).toEqual(['due']);
    expect(align([at('a', 'x', 1)], positions(at('b', 'x', 1)))).toEqual(['due']);
  });

  it('is settled up to the last frame that the predecessor settled, key by key', () => {
    const kept = [at('a', '1', 10), at('b', '1', 11), at('a', '2', 12), at('a', '3', 13), at('b', '2', 14)];
    expect(align(kept, positions(at('a', '2', 12), at('b', '2', 14)))).toEqual([
      'settled',
      'settled',
      'seam',
      'due',
      'seam',
    ]);
  });

  it('of a state that was repeated is aligned at the nearest time', () => {
    const kept = [
      at('a', 'mute', 10_000),
      at('a', 'not', 11_000),
      at('a', 'mute', 12_000),
      at('a', 'not', 13_000),
    ];
    expect(align(kept, positions(at('a', 'mute', 10_030)))).toEqual(['seam', 'due', 'due', 'due']);
    expect(align(kept, positions(at('a', 'mute', 11_970)))).toEqual(['settled', 'settled', 'seam', 'due']);
  });

  it('of a state that was repeated sooner than a standstill is noticed is told once more, not left out', () => {
    const kept = [at('a', 'mute', 10_000), at('a', 'not', 10_300), at('a', 'mute', 10_600)];
    for (const settledAt of [10_000, 10_500, 10_600, 11_500])
      expect(align(kept, positions(at('a', 'mute', settledAt)))).toEqual(['seam', 'due', 'due']);
    expect(align(kept, positions(at('a', 'mute', 12_100)))).toEqual(['settled', 'settled', 'seam']);
  });

  it('of a state that came twice within the jitter of networks is told once more, not left out', () => {
    const kept = [at('a', 'mute', 10_000), at('a', 'not', 10_010), at('a', 'mute', 10_020)];
    expect(align(kept, positions(at('a', 'mute', 10_015)))).toEqual(['seam', 'due', 'due']);
  });

  it('is no seam because it looks like what was settled long ago', () => {
    const kept = [at('a', 'not', 100_000), at('a', 'mute', 100_500)];
    expect(align(kept, positions(at('a', 'mute', 20_000)))).toEqual(['due', 'due']);
  });

  it('is no seam when its connection was not there yet', () => {
    const kept = [at('a', 'not', 10_200, 10_100), at('a', 'mute', 10_900, 10_100)];
    expect(align(kept, positions(at('a', 'mute', 10_000)))).toEqual(['due', 'due']);
  });

  it('is no seam when its connection was made just then, and it came later', () => {
    const kept = [at('a', 'not', 10_700, 10_030), at('a', 'mute', 11_300, 10_030)];
    for (const settledAt of [9_990, 10_000, 10_060])
      expect(align(kept, positions(at('a', 'mute', settledAt)))).toEqual(['due', 'due']);
    expect(align([at('a', 'mute', 10_060, 10_030)], positions(at('a', 'mute', 10_050)))).toEqual(['seam']);
  });

  it('is no seam when it came before all was kept, and the last one may have been missed', () => {
    const kept = [at('a', 'mute', 10_000), at('a', 'not', 10_400), at('a', 'hold', 20_000)];
    const predecessor = positions(at('a', 'mute', 11_500));
    expect(align(kept, predecessor, 15_000)).toEqual(['settled', 'settled', 'due']);
    expect(align(kept, predecessor, 9_000)).toEqual(['seam', 'due', 'due']);
  });

  it('is the seam though its predecessor, which stood still, noted it later', () => {
    const kept = [at('a', '1', 1_000), at('a', '2', 2_000), at('a', '3', 3_000)];
    expect(align(kept, positions(at('a', '2', 4_500)))).toEqual(['settled', 'seam', 'due']);
  });

  it('is due when it came after a last frame that was missed here', () => {
    const kept = [at('a', '1', 10_000), at('a', '2', 20_000), at('a', '4', 20_001)];
    expect(align(kept, positions(at('a', '3', 20_000)))).toEqual(['settled', 'settled', 'due']);
  });

  it('is settled, whatever its key, when it came well before all that its predecessor has settled', () => {
    const kept = [at('a', '1', 10_000), at('b', '1', 10_000), at('b', '2', 13_000)];
    const predecessor = { ...positions(at('a', '0', 5_000)), lowWatermark: 14_000 };
    expect(align(kept, predecessor)).toEqual(['settled', 'settled', 'due']);
  });

  it('is not taken for older than it is because the clock was set meanwhile', () => {
    const kept = [{ ...at('a', '1', 10_000), laterBy: [15_000] }];
    expect(align(kept, { ...positions(), lowWatermark: 20_000 })).toEqual(['due']);
    expect(align(kept, positions(at('a', '0', 20_000)))).toEqual(['due']);
  });

  it('is due when the clock was set back, and only by the clock of afterwards it had been settled', () => {
    const setBack = (key: string, digest: string, receivedAt: number) => ({
      ...at(key, digest, receivedAt),
      laterBy: [-5_000, 0],
    });
    const kept = [
      setBack('a', '1', 5_900),
      setBack('a', '2', 8_100),
      setBack('a', '3', 10_500),
      setBack('b', '1', 8_200),
      setBack('c', '1', 10_600),
    ];
    const predecessor = { ...positions(at('a', '2', 8_100), at('b', '0', 8_000)), lowWatermark: 8_100 };
    expect(align(kept, predecessor)).toEqual(['settled', 'seam', 'due', 'due', 'due']);
  });

  it('is the seam by the clock of before and by that of afterwards', () => {
    const kept = [
      { ...at('a', '1', 24_000), laterBy: [-15_000, 0] },
      { ...at('a', '2', 10_000), laterBy: [0, 15_000] },
      { ...at('a', '3', 11_000), laterBy: [0, 15_000] },
    ];
    for (const receivedAt of [10_000, 25_000])
      expect(align(kept, positions(at('a', '2', receivedAt, 0)))).toEqual(['settled', 'seam', 'due']);
  });

  it('and was read late is the seam, though it came sooner than it was noted', () => {
    const late = (digest: string) => ({ ...at('a', digest, 20_000), unreadSince: 10_000 });
    expect(align([late('1'), late('2'), late('3')], positions(at('a', '2', 14_000)))).toEqual([
      'settled',
      'seam',
      'due',
    ]);
  });

  it('and was read late is not published as the newest when the predecessor has come further', () => {
    const kept = [{ ...at('a', '1', 20_000), unreadSince: 10_000 }, at('a', '5', 20_500)];
    expect(align(kept, positions(at('a', '4', 14_000)))).toEqual(['settled', 'due']);
  });

  it('is aligned without loss or repetition, whatever the clocks of two hosts and the pace of the states', () => {
    const frame = fc.record({
      key: fc.constantFrom('a', 'b'),
      digest: fc.constantFrom('mute', 'not', 'hold'),
      gapMs: fc.integer({ min: 0, max: 30_000 }),
    });
    const scenario = fc.record({
      frames: fc.array(frame, { minLength: 1, maxLength: 25 }),
      settled: fc.nat(25),
      keptFrom: fc.nat(25),
      skewMs: fc.integer({ min: -900, max: 900 }),
    });
    fc.assert(
      fc.property(scenario, ({ frames, settled, keptFrom, skewMs }) => {
        let now = 1_000_000;
        const told = frames.map(({ key, digest, gapMs }) => {
          // One that looks the same and comes sooner can't be told apart by a listener that missed the first.
          now += gapMs + 3_500;
          return at(key, digest, now);
        });
        const reached = new Map<string, ReturnType<typeof at>>();
        for (const each of told.slice(0, settled)) reached.set(each.key, each);
        // A standby keeps from somewhere on, and no later than what is not settled.
        const first = Math.min(keptFrom, settled, told.length);
        const kept = told.slice(first).map((each) => ({ ...each, receivedAt: each.receivedAt + skewMs }));
        const alignments = align(kept, positions(...reached.values()));
        for (const [index, alignment] of alignments.entries()) {
          const isSettled = first + index < settled;
          expect(alignment === 'due').toBe(!isSettled);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is never left out, however fast states are repeated, when two listeners read at different times', () => {
    const frame = fc.record({
      key: fc.constantFrom('a', 'b'),
      digest: fc.constantFrom('mute', 'not'),
      gapMs: fc.integer({ min: 0, max: 400 }),
      settledLaterMs: fc.integer({ min: 0, max: 1_450 }),
      keptLaterMs: fc.integer({ min: 0, max: 1_450 }),
    });
    const scenario = fc.record({
      frames: fc.array(frame, { minLength: 1, maxLength: 25 }),
      settled: fc.nat(25),
    });
    fc.assert(
      fc.property(scenario, ({ frames, settled }) => {
        let now = 1_000_000;
        let settledAt = 0;
        let keptAt = 0;
        const reached = new Map<string, ReturnType<typeof at>>();
        const kept = frames.map(({ key, digest, gapMs, settledLaterMs, keptLaterMs }, index) => {
          now += gapMs;
          // Each reads in the order in which they were sent.
          settledAt = Math.max(settledAt, now + settledLaterMs);
          keptAt = Math.max(keptAt, now + keptLaterMs);
          if (index < settled) reached.set(key, at(key, digest, settledAt));
          return at(key, digest, keptAt);
        });
        const alignments = align(kept, positions(...reached.values()));
        for (const alignment of alignments.slice(settled)) expect(alignment).toBe('due');
      }),
      { numRuns: 2_000 },
    );
  });
});
