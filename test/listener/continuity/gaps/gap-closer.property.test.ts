import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answered, LAG_MS, World } from './world.ts';

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');

const step = fc.oneof(
  { weight: 6, arbitrary: id.map((conversation) => ({ do: 'change', conversation }) as const) },
  { weight: 1, arbitrary: id.map((conversation) => ({ do: 'end', conversation }) as const) },
  { weight: 1, arbitrary: id.map((conversation) => ({ do: 'notify again', conversation }) as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'disconnect' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'reconnect' } as const) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((ms) => ({ do: 'wait', ms }) as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((times) => ({ do: 'fail', times }) as const) },
);

it('brings every conversation up to the truth, whatever happens in whichever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom(0, 10, 700, 20_000),
      async (steps, latencyMs) => {
        const world = new World();
        world.latencyMs = latencyMs;
        let toFail = 0;
        world.failure = () => (toFail-- > 0 ? answered(503) : undefined);
        for (const each of steps) {
          if (each.do === 'change') world.change(each.conversation);
          else if (each.do === 'end') world.change(each.conversation, true);
          else if (each.do === 'notify again') {
            if (world.connected && world.truths.has(each.conversation)) world.notify(each.conversation);
          } else if (each.do === 'disconnect') {
            if (world.connected) world.disconnect();
          } else if (each.do === 'reconnect') {
            if (!world.connected) world.reconnect();
          } else if (each.do === 'fail') toFail = each.times;
          else await world.clock.advance(each.ms);
        }
        if (!world.connected) world.reconnect();
        await world.clock.advance(LAG_MS + 600_000);

        for (const { published, truth } of world.compare()) expect(published).toBe(truth);
        expect(world.closer.open).toEqual([]);
        const kinds = world.announced.map(({ kind, gap }) => `${gap.id} ${kind}`);
        expect(new Set(kinds).size).toBe(kinds.length);
        expect(world.closed).toHaveLength(kinds.length / 2);
        for (const { conversations } of world.closed) {
          const { checked, backfilled, unchanged, live, unavailable, foreign } = conversations;
          expect(backfilled + unchanged + live + unavailable + foreign).toBe(checked);
        }
        expect(world.mostInFlight).toBeLessThanOrEqual(4);
        expect(world.clock.pending).toBe(0);
        expect(world.metrics.total('ConversationsBackfilled')).toBe(world.backfills.length);
      },
    ),
    { numRuns: 300 },
  );
});
