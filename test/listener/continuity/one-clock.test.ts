import { describe, expect, it } from 'vitest';
import { laterByOf } from '../../../listener/continuity/one-clock.ts';

/** @param ahead of the monotonic clock, milliseconds */
const receipt = (receivedAtMs: number, ahead = 0) => ({ receivedAt: receivedAtMs + ahead, receivedAtMs });

describe('what was kept', () => {
  it('is as old as it was noted while the clock goes on', () => {
    const kept = [receipt(1_000), receipt(9_000)];
    expect(laterByOf(kept, 8_000, receipt(9_500))).toEqual([[0], [0]]);
  });

  it('is later by what the clock was set back by, when the predecessor wrote before that', () => {
    const kept = [receipt(40_000, 15_000), receipt(50_000, 15_000), receipt(51_000), receipt(52_000)];
    expect(laterByOf(kept, 65_000, receipt(53_000))).toEqual([[0], [0], [15_000], [15_000]]);
  });

  it('is earlier or later, by whichever clock the predecessor had', () => {
    const kept = [receipt(20_000), receipt(26_000, 5_000), receipt(30_000, 15_000), receipt(33_000)];
    expect(laterByOf(kept, 31_000, receipt(35_000))).toEqual([
      [0, 5_000, 15_000],
      [-5_000, 0, 10_000],
      [-15_000, -10_000, 0],
      [0, 5_000, 15_000],
    ]);
  });

  it('before the clock was set forward is later, when the predecessor wrote since', () => {
    const kept = [receipt(20_000), receipt(30_000, 15_000)];
    expect(laterByOf(kept, 44_000, receipt(31_000, 15_000))).toEqual([[15_000], [0]]);
  });

  it('before the clock was set back is earlier or not, though nothing was kept since', () => {
    expect(laterByOf([receipt(20_000, 5_000)], 21_000, receipt(22_000))).toEqual([[-5_000, 0]]);
  });

  it('is not of another clock because that is read to the millisecond, or made up for', () => {
    const kept = [receipt(20_000.25, 0.75), receipt(26_000.5, 200.5), receipt(33_000.75, 0.25)];
    expect(laterByOf(kept, 31_000, receipt(35_000))).toEqual([[0], [0], [0]]);
  });

  it('is by the clock furthest ahead when the predecessor had one that is not known here', () => {
    const kept = [receipt(20_000), receipt(26_000, 5_000)];
    expect(laterByOf(kept, 99_000, receipt(35_000))).toEqual([[5_000], [0]]);
  });
});
