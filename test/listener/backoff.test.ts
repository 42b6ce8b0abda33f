import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from '../../listener/backoff.ts';

const at = (random: number) => ({ baseMs: 1000, capMs: 60_000, random: () => random });

describe('the wait before another attempt', () => {
  it('has a ceiling that doubles up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map(
      (failures) => backoffDelay(at(0.999999), failures) + 1,
    );
    expect(ceilings).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is anything between nothing and the ceiling', () => {
    expect(backoffDelay(at(0), 5)).toBe(0);
    expect(backoffDelay(at(0.25), 5)).toBe(4000);
  });

  it('is never shorter than what was asked for, nor longer than that and the cap', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(1_000_000), (failures, retryAfterMs) => {
        const waitMs = backoffDelay({ baseMs: 1000, capMs: 60_000 }, failures + 1, retryAfterMs);
        expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs);
        expect(waitMs).toBeLessThan(retryAfterMs + 60_000);
      }),
    );
  });
});
