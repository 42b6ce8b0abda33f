import { describe, expect, it } from 'vitest';
import { UnexpectedAnswerError } from '../../../../listener/genesys/unexpected-answer.ts';
import { answered, gapIn, LAG_MS, World, worldOf } from './world.ts';

describe('a gap', () => {
  it('is told at once when it begins, and again when all is looked after and the lag has passed', async () => {
    const world = worldOf('a', 'b');
    world.disconnect('heartbeat-missed');
    const from = world.clock.now();
    expect(world.announced).toEqual([
      {
        kind: 'detected',
        gap: { id: expect.any(String), from, reason: 'heartbeat-missed', openConversations: 2 },
      },
    ]);
    world.change('a');
    await world.clock.advance(5_000);
    world.reconnect();
    await world.clock.advance(LAG_MS - 1);
    expect(world.closed).toEqual([]);
    expect(world.closer.open).toMatchObject([{ waitingFor: 'answers' }]);
    await world.clock.advance(1);
    const none = { live: 0, unavailable: 0, foreign: 0, discovered: 0 };
    expect(world.closed).toEqual([
      {
        id: world.announced[0]?.gap.id,
        from,
        until: from + 5_000,
        reason: 'heartbeat-missed',
        closedAt: from + 5_000 + LAG_MS,
        conversations: { checked: 2, backfilled: 1, unchanged: 1, ...none },
      },
    ]);
    expect(world.backfills.map(({ backfilled, orderingKey }) => [backfilled, orderingKey])).toEqual([
      [true, 'a'],
    ]);
  });

  it('is counted, and shown as long as it is open', async () => {
    const world = worldOf('a');
    const gapsOpen = () => world.metrics.take().gauges.get('GapsOpen');
    await gapIn(world, 'a');
    expect([world.metrics.total('GapsDetected'), world.metrics.total('GapsClosed'), gapsOpen()]).toEqual([
      1, 0, 1,
    ]);
    await world.clock.advance(LAG_MS);
    expect([world.metrics.total('GapsDetected'), world.metrics.total('GapsClosed'), gapsOpen()]).toEqual([
      1, 1, 0,
    ]);
    expect(world.metrics.total('ConversationsBackfilled')).toBe(1);
  });

  it('begins once, however often the connection is lost before it is live again', () => {
    const world = worldOf('a');
    world.disconnect('socket-closed');
    world.disconnect('call-failed');
    expect(world.announced).toHaveLength(1);
    expect(world.closer.open).toMatchObject([{ reason: 'socket-closed', waitingFor: 'connection' }]);
  });

  it('holds the low-watermark back until it is closed', async () => {
    const world = worldOf('a');
    expect(world.closer.oldestOpenFrom).toBeUndefined();
    const from = world.clock.now();
    await gapIn(world, 'a');
    expect(world.closer.oldestOpenFrom).toBe(from);
    await world.clock.advance(20_000);
    await gapIn(world, 'a');
    expect(world.closer.oldestOpenFrom).toBe(from);
    // The first gap's lag passes while the second's has not.
    await world.clock.advance(LAG_MS - 25_001);
    expect(world.closer.oldestOpenFrom).toBe(from);
    await world.clock.advance(1);
    expect(world.closed).toHaveLength(1);
    expect(world.closer.oldestOpenFrom).toBe(from + 25_000);
    await world.clock.advance(25_000);
    expect(world.closed).toHaveLength(2);
    expect(world.closer.oldestOpenFrom).toBeUndefined();
  });

  it('stays open after a stop, and nothing more is asked or told', async () => {
    const world = worldOf('a', 'b');
    world.latencyMs = 1_000;
    await gapIn(world, 'a');
    world.closer.stop();
    await world.clock.advance(LAG_MS * 2);
    world.closer.live(world.clock.now());
    await world.clock.advance(LAG_MS * 2);
    expect(world.backfills).toEqual([]);
    expect(world.announced.map(({ kind }) => kind)).toEqual(['detected']);
    expect(world.closer.open).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
  });
});

describe('what was under way at a stop', () => {
  it.each([
    { underWay: 'a conversation', afterMs: 500 },
    { underWay: 'the last query', afterMs: LAG_MS + 500 },
  ])('($underWay) has no effect, though it comes to its end', async ({ afterMs }) => {
    const world = worldOf('a');
    world.latencyMs = 1_000;
    world.deaf = true;
    await gapIn(world, 'a');
    await world.clock.advance(afterMs);
    expect(world.inFlight).toBe(1);
    const told = [world.backfills.length, world.announced.length];
    world.closer.stop();
    await world.clock.advance(LAG_MS);
    expect([world.backfills.length, world.announced.length]).toEqual(told);
    expect(world.closer.open).toHaveLength(1);
  });
});

describe('a conversation', () => {
  it('is asked for once, the one last heard of first, four at the same time', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `c${n}`);
    const world = worldOf(...ids);
    world.latencyMs = 100;
    await gapIn(world);
    await world.clock.advance(LAG_MS);
    expect(world.asked).toEqual(ids.toReversed());
    expect(world.mostInFlight).toBe(4);
  });

  it('is not asked for when a notification has told it since', async () => {
    const world = worldOf('a', 'b', 'c', 'd', 'e');
    world.latencyMs = 100;
    await gapIn(world, 'a', 'e');
    world.change('a');
    await world.clock.advance(LAG_MS * 2);
    expect(world.asked).toEqual(['e', 'd', 'c', 'b']);
    expect(world.closed[0]?.conversations).toMatchObject({
      checked: 5,
      live: 1,
      backfilled: 1,
      unchanged: 3,
    });
  });

  it('is left as notified when a notification overtakes the answer', async () => {
    const world = worldOf('a');
    world.latencyMs = 100;
    await gapIn(world, 'a');
    world.change('a');
    await world.clock.advance(LAG_MS * 2);
    expect(world.asked).toEqual(['a']);
    expect(world.backfills).toEqual([]);
    expect(world.compare()).toEqual([{ published: expect.any(String), truth: world.published.get('a') }]);
    expect(world.closed[0]?.conversations).toMatchObject({ checked: 1, live: 1 });
  });

  it('is asked for again when a notification of a part of it overtakes the answer', async () => {
    const world = worldOf('a');
    world.latencyMs = 100;
    await gapIn(world, 'a');
    await world.clock.advance(50);
    world.connected = false;
    world.change('a', true);
    world.connected = true;
    world.notifyMedium('a');
    await world.clock.advance(LAG_MS * 2);
    expect(world.asked).toEqual(['a', 'a']);
    expect(world.backfills.map(({ summary }) => summary.state)).toEqual(['ended']);
    expect(world.closed[0]?.conversations).toMatchObject({ checked: 1, backfilled: 1 });
  });

  it.each([true, false])(
    'that had ended (told when: %s) is asked for when it went on and ended again in the gap',
    async (tellsEnds) => {
      const world = worldOf('a', 'b');
      world.tellsEnds = tellsEnds;
      for (const id of ['a', 'b']) world.change(id, true);
      await world.clock.advance(1_000);
      world.disconnect();
      await world.clock.advance(5_000);
      world.revive('a');
      world.change('a', true);
      await world.clock.advance(5_000);
      world.reconnect();
      await world.clock.advance(LAG_MS);
      expect(world.asked).toEqual(['a']);
      expect(world.closed[0]?.conversations).toMatchObject({ checked: 1, backfilled: 1 });
    },
  );

  it.each([
    { tellsEnds: true, asked: [], what: 'not asked for' },
    { tellsEnds: false, asked: ['a'], what: 'asked for where nobody told when' },
  ])('that ended just before the connection was lost is $what', async ({ tellsEnds, asked }) => {
    const world = worldOf('a');
    world.tellsEnds = tellsEnds;
    world.change('a', true);
    await world.clock.advance(1_000);
    world.connected = false;
    // As gaps do, this one begins earlier than the loss.
    world.closer.opened({ from: world.clock.now() - 2_000, reason: 'socket-closed' });
    await world.clock.advance(1_000);
    world.reconnect();
    await world.clock.advance(LAG_MS);
    expect(world.closed).toHaveLength(1);
    expect(world.asked).toEqual(asked);
  });

  it('that ended between two gaps that are both open, and is forgotten, is not asked for', async () => {
    const world = worldOf('a');
    world.failure = (call) => (call === 'query' ? answered(500) : undefined);
    await gapIn(world);
    await world.clock.advance(130_000);
    world.connected = false;
    world.change('between');
    world.change('between', true);
    await world.clock.advance(130_000);
    await gapIn(world);
    world.failure = () => undefined;
    await world.clock.advance(LAG_MS * 2);
    expect(world.closed).toHaveLength(2);
    expect(world.asked).not.toContain('between');
  });

  it('that cannot be had is counted and holds nothing up', async () => {
    const world = worldOf('a', 'b', 'c', 'd', 'e');
    world.failure = (id) => {
      if (id === 'b') return answered(403, 'missing.division.permission');
      if (id === 'c') return answered(400);
      if (id === 'd') return new UnexpectedAnswerError('a poisonous key', { canRetry: false });
      return undefined;
    };
    world.disconnect();
    world.truths.delete('e');
    world.change('a');
    world.reconnect();
    await world.clock.advance(LAG_MS);
    expect(world.closed[0]?.conversations).toMatchObject({ checked: 5, backfilled: 1, unavailable: 4 });
    expect(world.metrics.total('ConversationsUnavailable')).toBe(4);
    expect(world.metrics.total('GapFailures')).toBe(3);
  });

  it('that began and ended in the gap is discovered; one of no subscribed topic is not published', async () => {
    const world = worldOf('a');
    world.foreign = (id) => id === 'x';
    world.disconnect();
    world.change('n');
    world.change('n', true);
    world.change('x');
    world.reconnect();
    await world.clock.advance(LAG_MS);
    expect(world.backfills.map(({ orderingKey }) => orderingKey)).toEqual(['n']);
    expect(world.closed[0]?.conversations).toMatchObject({ checked: 3, foreign: 1, discovered: 2 });
  });

  it('that was found is not asked for again by the next queries', async () => {
    const world = new World();
    world.shownAfterMs = 0;
    world.foreign = () => true;
    await gapIn(world, 'x');
    await world.clock.advance(LAG_MS);
    expect(world.closed).toHaveLength(1);
    expect(world.asked).toEqual(['x']);
  });

  it('that was backfilled stays so in the count when the next gap finds it unchanged', async () => {
    const world = worldOf('a');
    await gapIn(world, 'a');
    await gapIn(world);
    await world.clock.advance(LAG_MS);
    expect(world.closed.map(({ conversations }) => conversations)).toMatchObject([
      { checked: 1, backfilled: 1, unchanged: 0 },
      { checked: 1, backfilled: 1, unchanged: 0 },
    ]);
    await gapIn(world);
    await world.clock.advance(LAG_MS);
    expect(world.closed[2]?.conversations).toMatchObject({ checked: 1, backfilled: 0, unchanged: 1 });
  });

  it('that ended well before the gap, or began after it, is not asked for', async () => {
    const world = new World();
    world.connected = false;
    world.change('old');
    world.change('old', true);
    world.connected = true;
    await world.clock.advance(600_000);
    await gapIn(world);
    world.change('new');
    await world.clock.advance(LAG_MS);
    expect(world.closed).toHaveLength(1);
    expect(world.asked).toEqual([]);
  });
});

describe('a connection that is lost again', () => {
  it('pauses the closing, which goes on from the beginning when it is live', async () => {
    const world = worldOf('a', 'b');
    world.latencyMs = 1_000;
    await gapIn(world, 'a');
    world.closer.lost();
    await world.clock.advance(LAG_MS * 2);
    expect(world.backfills).toEqual([]);
    world.closer.live(world.clock.now());
    await world.clock.advance(LAG_MS * 2);
    expect(world.backfills).toHaveLength(1);
    expect(world.closed).toHaveLength(1);
  });

  it('has each conversation asked for again after the latest gap, and each gap told by itself', async () => {
    const world = worldOf('a');
    await gapIn(world, 'a');
    await world.clock.advance(10_000);
    await gapIn(world, 'a');
    await world.clock.advance(LAG_MS);
    expect(world.asked).toEqual(['a', 'a']);
    expect(world.backfills).toHaveLength(2);
    expect(world.closed.map(({ id }) => id)).toEqual(
      world.announced.flatMap(({ kind, gap }) => (kind === 'detected' ? [gap.id] : [])),
    );
    expect(world.closed.map(({ conversations }) => conversations.checked)).toEqual([1, 1]);
  });
});
