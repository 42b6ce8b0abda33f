import { describe, expect, it } from 'vitest';
import { answered, gapIn, LAG_MS, worldOf } from './world.ts';

describe('a failure', () => {
  it('is tried again after a wait that grows, and never sooner than the server wants', async () => {
    const world = worldOf('a');
    world.failure = (call) => (call === 'a' ? answered(503) : undefined);
    await gapIn(world, 'a');
    expect(world.asked).toHaveLength(1);
    for (const [wait, times] of [
      [500, 2],
      [1_000, 3],
      [2_000, 4],
    ] as const) {
      await world.clock.advance(wait - 1);
      expect(world.asked).toHaveLength(times - 1);
      await world.clock.advance(1);
      expect(world.asked).toHaveLength(times);
    }
    world.failure = () => answered(429, 'too.many.requests', 300_000);
    await world.clock.advance(4_000);
    const before = world.asked.length;
    await world.clock.advance(299_000);
    expect(world.asked).toHaveLength(before);
    world.failure = () => undefined;
    await world.clock.advance(60_000);
    expect(world.closed[0]?.conversations).toMatchObject({ checked: 1, backfilled: 1 });
    expect(world.metrics.total('GapFailures')).toBe(5);
  });

  it('of one conversation holds up no other, and the gap is not closed without it', async () => {
    const world = worldOf('a', 'b', 'c');
    world.failure = (call) => (call === 'c' ? answered(500) : undefined);
    await gapIn(world, 'a', 'b', 'c', 'new');
    await world.clock.advance(LAG_MS * 3);
    expect(world.backfills.map(({ orderingKey }) => orderingKey)).toEqual(['b', 'a', 'new']);
    expect(world.closed).toEqual([]);
    world.failure = () => undefined;
    await world.clock.advance(LAG_MS);
    expect(world.closed).toHaveLength(1);
  });

  it('of every call ends the round early, and those that were not asked for come first in the next', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `c${n}`);
    const world = worldOf(...ids);
    world.failure = () => answered(503);
    await gapIn(world);
    expect(world.asked.length).toBeLessThan(16);
    expect(world.asked[0]).toBe('c99');
    const first = new Set(world.asked.splice(0));
    await world.clock.advance(500);
    expect(world.asked.length).toBeGreaterThan(0);
    for (const id of world.asked) expect(first).not.toContain(id);
  });

  it('of the permission for conversations ends the round at once', async () => {
    const world = worldOf(...Array.from({ length: 100 }, (_, n) => `c${n}`));
    world.failure = (call) => (call === 'query' ? undefined : answered(403, 'missing.any.permissions'));
    await gapIn(world);
    expect(world.asked.length).toBeLessThanOrEqual(4);
    const missingPermission = 'conversation:communication:view';
    expect(world.closer.open).toMatchObject([{ waitingFor: 'permission', missingPermission }]);
  });

  it('of the bridge itself is logged, counted and got over', async () => {
    const world = worldOf('a');
    let defects = 2;
    const announce = world.announced.push.bind(world.announced);
    world.announced.push = (...events) => {
      if (events[0]?.kind === 'closed' && defects-- > 0) throw new Error('a defect');
      return announce(...events);
    };
    await gapIn(world, 'a');
    await world.clock.advance(LAG_MS + 60_000);
    expect(world.closed).toHaveLength(1);
    expect(world.metrics.total('GapFailures')).toBe(2);
    expect(world.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', cause: expect.stringContaining('a defect') }),
    );
  });
});
