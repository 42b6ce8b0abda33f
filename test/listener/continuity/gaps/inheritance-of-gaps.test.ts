import { expect, it } from 'vitest';
import { LAG_MS, World } from './world.ts';

/** A world whose gap is closed by now, but for what is on its way to the bus. */
async function closedGap({ busTakes }: { readonly busTakes: boolean }) {
  const world = new World();
  world.change('c1');
  world.busTakes = busTakes;
  world.disconnect();
  world.change('c1');
  await world.clock.advance(1_000);
  world.reconnect();
  await world.clock.advance(2 * LAG_MS);
  expect(world.closed).toHaveLength(1);
  expect(world.closer.open).toEqual([]);
  return world;
}

it('a gap that is closed is left to no successor', async () => {
  const { closer } = await closedGap({ busTakes: true });
  expect(closer.inheritance).toEqual([]);
});

it('a gap is the successor’s until the event that closes it is on the bus, though it is open no more', async () => {
  const { closer, closed, untold } = await closedGap({ busTakes: false });
  expect(closer.inheritance).toMatchObject([{ id: closed[0]?.id, until: expect.any(Number) }]);
  expect(closer.oldestOpenFrom).toBeUndefined();
  for (const settled of untold) settled();
  expect(closer.inheritance).toEqual([]);
});

it('a gap is the successor’s until all that was published for it is on the bus', async () => {
  const world = await closedGap({ busTakes: true });
  const closedAt = world.closed[0]?.closedAt ?? 0;
  world.oldestUnsettled = closedAt;
  const another = await closedGap({ busTakes: true });
  another.oldestUnsettled = (another.closed[0]?.closedAt ?? 0) + 1;
  expect(another.closer.inheritance).toEqual([]);
  expect(world.closer.inheritance).toHaveLength(1);
  world.oldestUnsettled = undefined;
  expect(world.closer.inheritance).toEqual([]);
});

it('a gap is not closed before the socket has shown life since all was asked for', async () => {
  const world = new World();
  world.change('c1');
  world.disconnect();
  world.alive = false;
  await world.clock.advance(1_000);
  world.reconnect();
  await world.clock.advance(3 * LAG_MS);
  expect(world.closed).toEqual([]);
  world.alive = true;
  await world.clock.advance(2_000);
  expect(world.closed).toHaveLength(1);
});
