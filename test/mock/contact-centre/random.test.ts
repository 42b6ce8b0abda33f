import { describe, expect, it } from 'vitest';
import { Random } from '../../../mock/contact-centre/random.ts';

describe('seeded random numbers', () => {
  it('are the same for the same seed and differ for another', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return [random.uuid(), random.next(), random.int(1, 6), random.pick(['a', 'b', 'c'])];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it('make version 4 UUIDs, all different', () => {
    const random = new Random(1);
    const uuids = Array.from({ length: 2000 }, () => random.uuid());
    expect(new Set(uuids).size).toBe(2000);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('pick by weight', () => {
    const random = new Random(3);
    const weights = { rare: 1, common: 9, never: 0 };
    const counts = { rare: 0, common: 0, never: 0 };
    for (let draw = 0; draw < 5000; draw += 1) {
      counts[random.weighted(['rare', 'common', 'never'], (key) => weights[key])] += 1;
    }
    expect(counts.never).toBe(0);
    expect(counts.rare).toBeGreaterThan(400);
    expect(counts.rare).toBeLessThan(600);
  });

  it('refuse to pick from nothing', () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });
});
