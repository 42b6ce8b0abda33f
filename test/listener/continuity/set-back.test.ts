import { describe, expect, it } from 'vitest';
import type { KeyPosition } from '../../../listener/continuity/checkpoint-store.ts';
import { setBackBy } from '../../../listener/continuity/set-back.ts';

const receipt = (receivedAtMs: number, ahead = 0) => ({ receivedAt: receivedAtMs + ahead, receivedAtMs });
const positionAt = (receivedAt: number): ReadonlyMap<string, KeyPosition> =>
  new Map([['c', { key: 'c', version: 1, digest: 'd', open: true, receivedAt }]]);

describe('what was kept', () => {
  it('is as old as it was noted while the clock goes on', () => {
    const kept = [receipt(1_000), receipt(9_000)];
    expect(setBackBy(kept, { lowWatermark: 8_000, positions: positionAt(8_500) }, 9_500)).toEqual([0, 0]);
  });

  it('is later by what the clock was set back by since, when its predecessor noted by the clock of before', () => {
    const kept = [receipt(40_000, 15_000), receipt(50_000, 15_000), receipt(51_000), receipt(52_000)];
    const laterBy = [0, 0, 15_000, 15_000];
    expect(setBackBy(kept, { lowWatermark: 65_000, positions: new Map() }, 53_000)).toEqual(laterBy);
    expect(setBackBy(kept, { lowWatermark: 0, positions: positionAt(65_000) }, 53_000)).toEqual(laterBy);
  });

  it('is as old as it was noted when the clock was ahead for a while, long ago', () => {
    const kept = [receipt(20_000), receipt(26_000, 15_000), receipt(43_000)];
    expect(setBackBy(kept, { lowWatermark: 58_000, positions: positionAt(51_000) }, 60_000)).toEqual([
      0, 0, 0,
    ]);
  });
});
