import { describe, expect, it } from 'vitest';
import type { OpenGap } from '../../../listener/continuity/checkpoint-store.ts';
import { inheritanceOf, unreachedVersion } from '../../../listener/continuity/inheritance.ts';

const NOW = Date.UTC(2026, 5, 1);
const left = (lowWatermark: number, completeSince: number, gaps: readonly OpenGap[] = []) =>
  inheritanceOf({ lowWatermark, positions: new Map(), gaps }, completeSince, NOW);
const gap = (from: number, until?: number): OpenGap => ({ id: 'g', from, reason: 'takeover', until });

describe('a successor', () => {
  it('is certain when it was there for all that its predecessor had not settled', () => {
    expect(left(NOW - 3_000, NOW - 9_000)).toMatchObject({ isOwn: false, isCertain: true });
  });

  it('has a gap of its own when it was not', () => {
    const { from, isOwn, isCertain } = left(NOW - 9_000, NOW - 3_000);
    expect({ isOwn, isCertain }).toEqual({ isOwn: true, isCertain: false });
    expect(from).toBeLessThan(NOW - 9_000);
  });

  it('has none of its own where one was told that reaches until it was there, but is not certain', () => {
    expect(left(NOW - 9_000, NOW - 3_000, [gap(NOW - 20_000)])).toMatchObject({
      isOwn: false,
      isCertain: false,
    });
    expect(left(NOW - 9_000, NOW - 3_000, [gap(NOW - 20_000, NOW - 8_000)])).toMatchObject({ isOwn: true });
  });

  it('takes a predecessor whose clock was ahead for one that stopped a minute ago', () => {
    const { from, isOwn } = left(NOW + 15_000, NOW - 30_000);
    expect(isOwn).toBe(true);
    expect(from).toBeGreaterThanOrEqual(NOW - 65_000);
    expect(from).toBeLessThanOrEqual(NOW - 60_000);
    expect(left(NOW + 15_000, NOW - 70_000)).toMatchObject({ isOwn: false, isCertain: true });
    // Clocks of two hosts differ by that much.
    expect(left(NOW + 1_000, NOW - 30_000)).toMatchObject({ isOwn: false });
  });
});

describe('a version that nothing has reached', () => {
  it('grows with the time of day, and with what a predecessor counted from', () => {
    const first = unreachedVersion(NOW, 0);
    expect(unreachedVersion(NOW + 10_000, 0)).toBe(first + 100);
    expect(unreachedVersion(NOW, first + 5_000)).toBe(first + 5_000);
  });
});
