import { describe, expect, it } from 'vitest';
import type { KeyPosition } from '../../../listener/continuity/checkpoint-store.ts';
import { onOneClock } from '../../../listener/continuity/one-clock.ts';

/** @param ahead of the monotonic clock, milliseconds */
const receipt = (receivedAtMs: number, ahead = 0) => ({ receivedAt: receivedAtMs + ahead, receivedAtMs });
const positionsAt = (receivedAt: number): ReadonlyMap<string, KeyPosition> =>
  new Map([['c', { key: 'c', version: 1, digest: 'd', open: true, receivedAt }]]);
const none = positionsAt(0);

describe('what was kept', () => {
  it('is as old as it was noted while the clock goes on', () => {
    const kept = [receipt(1_000), receipt(9_000)];
    const predecessor = { lowWatermark: 8_000, positions: positionsAt(8_500) };
    expect(onOneClock(kept, predecessor, receipt(9_500))).toEqual({ laterBy: [0, 0], predecessor });
  });

  it('is later by what the clock was set back by, when the predecessor wrote before that', () => {
    const kept = [receipt(40_000, 15_000), receipt(50_000, 15_000), receipt(51_000), receipt(52_000)];
    const predecessor = { lowWatermark: 65_000, positions: none };
    const { laterBy } = onOneClock(kept, predecessor, receipt(53_000));
    expect(laterBy).toEqual([0, 0, 15_000, 15_000]);
  });

  it('while the clock was ahead is as much earlier, and so is what the predecessor noted then', () => {
    const kept = [receipt(20_000), receipt(26_000, 15_000), receipt(43_000)];
    const now = receipt(35_000);
    const { laterBy, predecessor } = onOneClock(
      kept,
      { lowWatermark: 31_000, positions: positionsAt(27_000 + 15_000) },
      now,
    );
    expect(laterBy).toEqual([0, -15_000, 0]);
    expect(predecessor.positions.get('c')?.receivedAt).toBe(27_000);
  });

  it('before the clock was set forward stays older than everything since', () => {
    const kept = [receipt(20_000), receipt(30_000, 15_000)];
    const predecessor = { lowWatermark: 44_000, positions: none };
    expect(onOneClock(kept, predecessor, receipt(31_000, 15_000)).laterBy).toEqual([0, 0]);
  });
});
