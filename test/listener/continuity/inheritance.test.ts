import { describe, expect, it } from 'vitest';
import type { OpenGap } from '../../../listener/continuity/checkpoint-store.ts';
import { inheritanceOf } from '../../../listener/continuity/inheritance.ts';

const NOW = Date.UTC(2026, 5, 1);
const left = (lowWatermark: number, completeSince: number, gaps: readonly OpenGap[] = [], goesOn = false) =>
  inheritanceOf(
    { epoch: 4, lowWatermark, positions: new Map(), gaps },
    { epochBefore: 4, completeSince, goesOn, now: NOW },
  );
const gap = (from: number, until?: number): OpenGap => ({ id: 'g', from, reason: 'takeover', until });

describe('a successor', () => {
  it('is certain when it was there for all that its predecessor had not settled', () => {
    expect(left(NOW - 3_000, NOW - 9_000)).toMatchObject({ own: undefined, isCertain: true });
  });

  it.each([3, undefined])(
    'has a gap up to now when what is written down is of the term %s, before the last one',
    (epoch) => {
      const found = { epoch, lowWatermark: NOW - 3_000, positions: new Map() };
      const heir = { epochBefore: 4, completeSince: NOW - 9_000, goesOn: false, now: NOW };
      const { own, isCertain } = inheritanceOf(found, heir);
      expect(isCertain).toBe(false);
      expect(own?.from).toBeLessThan(NOW - 3_000);
      expect(own?.until).toBe(NOW);
      expect(inheritanceOf(found, { ...heir, goesOn: true })).toMatchObject({ own: undefined });
    },
  );

  it('has a gap of its own when it was not', () => {
    const { own, isCertain } = left(NOW - 9_000, NOW - 3_000);
    expect(isCertain).toBe(false);
    expect(own?.from).toBeLessThan(NOW - 9_000);
    expect(own?.until).toBe(NOW - 3_000);
  });

  it('has one up to now where its predecessor was closing a gap, from when that one was live again', () => {
    expect(left(NOW - 20_000, NOW - 30_000, [gap(NOW - 20_000, NOW - 8_000)])).toMatchObject({
      own: { from: NOW - 8_000, until: NOW },
      isCertain: false,
    });
    const { own } = left(NOW - 9_000, NOW - 3_000, [gap(NOW - 20_000, NOW - 8_000)]);
    expect(own?.from).toBeLessThan(NOW - 9_000);
    expect(own?.until).toBe(NOW);
  });

  it('has one that reaches over the one that a successor between told of, which died before it wrote anything', () => {
    const found = {
      epoch: 4,
      lowWatermark: NOW - 3_000,
      positions: new Map(),
      gaps: [gap(NOW - 20_000, NOW - 8_000)],
    };
    const heir = { epochBefore: 4, completeSince: NOW - 30_000, goesOn: false, now: NOW };
    const between = inheritanceOf(found, heir).own;
    const { own } = inheritanceOf(found, {
      ...heir,
      epochBefore: 5,
      completeSince: NOW + 1_000,
      now: NOW + 2_000,
    });
    expect(between?.from).toBe(NOW - 8_000);
    expect(own?.from).toBeLessThanOrEqual(NOW - 8_000);
    expect(own?.until).toBeGreaterThanOrEqual(between?.until ?? Number.POSITIVE_INFINITY);
  });

  it('has none where it was closing that gap itself', () => {
    const gaps = [gap(NOW - 20_000, NOW - 8_000)];
    expect(left(NOW - 20_000, NOW - 30_000, gaps, true)).toMatchObject({ own: undefined });
  });

  it('has none beside one that was open up to now', () => {
    const gaps = [gap(NOW - 20_000, NOW - 8_000), gap(NOW - 5_000)];
    expect(left(NOW - 20_000, NOW - 30_000, gaps)).toMatchObject({ own: undefined, isCertain: false });
  });

  it('takes a predecessor whose clock was ahead for one that stopped a minute ago', () => {
    const { own } = left(NOW + 15_000, NOW - 30_000);
    expect(own?.from).toBeGreaterThanOrEqual(NOW - 65_000);
    expect(own?.from).toBeLessThanOrEqual(NOW - 60_000);
    expect(left(NOW + 15_000, NOW - 70_000)).toMatchObject({ own: undefined, isCertain: true });
    // Clocks of two hosts differ by that much.
    expect(left(NOW + 1_000, NOW - 30_000)).toMatchObject({ own: undefined });
  });
});
