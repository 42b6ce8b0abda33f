import { describe, expect, it } from 'vitest';
import { answered, gapIn, LAG_MS, worldOf } from './world.ts';

describe('the query', () => {
  it('is made when the lag has passed, with a margin for clocks that differ', async () => {
    const world = worldOf('a');
    const from = world.clock.now();
    await gapIn(world);
    await world.clock.advance(LAG_MS - 1);
    expect(world.queries).toEqual([]);
    await world.clock.advance(1);
    expect(world.queries).toEqual([[from - 30_000, from + 5_000 + 30_000]]);
    await world.clock.advance(LAG_MS * 10);
    expect(world.queries).toHaveLength(1);
  });

  it('is made at once, too, after a gap that was longer than the lag: most of what began in it shows by then', async () => {
    const world = worldOf('a');
    world.disconnect();
    world.change('early');
    await world.clock.advance(LAG_MS + 1);
    world.change('late');
    world.reconnect();
    await world.clock.advance(0);
    expect(world.queries).toHaveLength(1);
    expect(world.backfills.map(({ orderingKey }) => orderingKey)).toEqual(['early']);
    await world.clock.advance(LAG_MS);
    expect(world.queries).toHaveLength(2);
    expect(world.backfills.map(({ orderingKey }) => orderingKey)).toEqual(['early', 'late']);
    expect(world.closed).toHaveLength(1);
  });

  it('finds what is shown only in the last moment', async () => {
    const world = worldOf('a');
    world.disconnect();
    await world.clock.advance(5_000);
    world.change('late');
    world.reconnect();
    await world.clock.advance(LAG_MS - 1);
    expect(world.backfills).toEqual([]);
    await world.clock.advance(1);
    expect(world.backfills.map(({ orderingKey }) => orderingKey)).toEqual(['late']);
  });

  it('that is not permitted keeps the gap open, says which permission it takes, once, and goes on when it is granted', async () => {
    const world = worldOf('a');
    world.failure = (call) => (call === 'query' ? answered(403, 'missing.any.permissions') : undefined);
    await gapIn(world, 'a');
    await world.clock.advance(3_600_000);
    expect(world.backfills).toHaveLength(1);
    expect(world.closed).toEqual([]);
    const missingPermission = 'analytics:conversationDetail:view';
    expect(world.closer.open).toMatchObject([{ waitingFor: 'permission', missingPermission }]);
    const errors = world.log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ missingPermission }]);
    world.failure = () => undefined;
    await world.clock.advance(120_000);
    expect(world.closed).toHaveLength(1);
  });
});
