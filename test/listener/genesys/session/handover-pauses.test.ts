import { describe, expect, it, vi } from 'vitest';
import { until } from '../../../until.ts';
import { allArrived, createHandover, DIALECTS, published, written } from './handing-over.ts';

describe.each(DIALECTS)('a pause (%s)', (dialect) => {
  it('reads nothing, is not taken for death, and goes on where it was', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, elapse, metrics, mock, news } = harness;
    await goLive();
    for (let n = 0; n < 20; n++) centre.step();
    await allArrived(harness);
    session.pause();
    const before = metrics.total('FramesReceived');
    for (let n = 0; n < 50; n++) centre.step();
    await elapse(5 * 60_000);
    expect(metrics.total('FramesReceived')).toBe(before);
    expect(session.state).toBe('live');

    session.resume();
    await allArrived(harness);
    expect(news.length).toBeGreaterThan(0);
    expect(published(harness)).toEqual(written(mock));
    await elapse(60_000);
    expect(harness.endings()).toEqual([]);
  });

  it('that began before the connection was there holds once it is live', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, elapse, metrics } = harness;
    session.pause();
    await goLive();
    await harness.settle();
    const before = metrics.total('FramesReceived');
    for (let n = 0; n < 50; n++) centre.step();
    await elapse(60_000);
    expect(metrics.total('FramesReceived')).toBe(before);
    session.resume();
    await allArrived(harness);
    expect(published(harness)).toEqual(written(harness.mock));
    expect(harness.endings()).toEqual([]);
  });

  it('leaves what has piled up unsafe until all of it was read', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, elapse, metrics, clock } = harness;
    await goLive();
    for (let n = 0; n < 20; n++) centre.step();
    await allArrived(harness);
    const pausedAt = session.lastSignAt ?? 0;
    session.pause();
    for (let n = 0; n < 50; n++) centre.step();
    await elapse(5_000);
    const signs: (number | undefined)[] = [];
    const count = metrics.count.bind(metrics);
    vi.spyOn(metrics, 'count').mockImplementation((name, by) => {
      if (name === 'FramesReceived') signs.push(session.lastSignAt);
      count(name, by);
    });
    session.resume();
    // It moves on only once it is all there.
    await allArrived(harness);
    await until(() => session.lastSignAt === clock.now());
    expect(signs.length).toBeGreaterThan(10);
    expect(new Set(signs.slice(0, signs.length / 2))).toEqual(new Set([pausedAt]));
  });

  it('of the process marks what comes as unread until all that had piled up was read', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, sources, clock } = harness;
    await goLive();
    for (let n = 0; n < 20; n++) centre.step();
    await allArrived(harness);
    expect(session.promptSince).toBeUndefined();
    const before = sources.length;
    const since = clock.now() - 5_000;
    session.stoodStill(since);
    expect(session.isBehind).toBe(true);
    expect(session.lastSignAt).toBe(since);
    for (let n = 0; n < 20; n++) centre.step();
    await until(() => !session.isBehind);
    await allArrived(harness);
    expect(session.promptSince).toBe(clock.now());
    for (let n = 0; n < 20; n++) centre.step();
    await allArrived(harness);
    const marks = sources.slice(before).map(({ unreadSince }) => unreadSince);
    expect(marks[0]).toBe(since);
    expect(marks.at(-1)).toBeUndefined();
  });

  it('that is followed by another one leaves unsafe what was sent since the first had ended', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, elapse, clock } = harness;
    await goLive();
    session.pause();
    await elapse(5_000);
    const resumedAt = clock.now();
    session.resume();
    session.pause();
    await elapse(5_000);
    for (let n = 0; n < 50; n++) centre.step();
    expect(session.lastSignAt).toBeLessThanOrEqual(resumedAt);
    session.resume();
    await allArrived(harness);
    await until(() => session.lastSignAt === clock.now());
  });

  it('does not keep real silence from being noticed afterwards', async () => {
    const { goLive, session, elapse, open, endings, elapseUntil } = await createHandover(dialect);
    await goLive();
    session.pause();
    await elapse(60_000);
    open()[0]?.stall({ heartbeats: true, data: true });
    session.resume();
    await elapseUntil(() => endings().length > 0);
    expect(endings()).toEqual(['heartbeat-missed']);
  });

  it('puts a hand-over off until it is over', async () => {
    const { elapseUntil, goLive, begin, session, open, elapse, completed, logged } =
      await createHandover(dialect);
    await goLive();
    session.pause();
    await begin();
    await elapse(5_000);
    expect(session.state).toBe('live');
    expect(open()).toHaveLength(1);
    session.resume();
    await elapseUntil(() => completed() && open().length === 1);
    expect(logged('handing over: ')).toHaveLength(1);
  });

  it('is to end when a hand-over is due', async () => {
    const harness = await createHandover(dialect, { onMustRead: (paused) => paused.resume() });
    const { goLive, begin, session, open, elapseUntil, completed, endings } = harness;
    await goLive();
    session.pause();
    await begin();
    await elapseUntil(() => completed() && open().length === 1, 100);
    expect(endings()).toEqual([]);
  });

  it.each([
    { moment: 'while the new connection is subscribed', at: 'subscribe' },
    { moment: 'before the meeting', at: 'after-subscribe' },
    { moment: 'in the meeting', at: 'live' },
  ] as const)('$moment lets the hand-over wait, and spoils nothing', async ({ at }) => {
    const harness = await createHandover(dialect);
    const { goLive, begin, session, centre, atNext, elapse, metrics, completed, mock, open } = harness;
    await goLive();
    atNext(at, () => session.pause());
    await begin();
    await until(() => metrics.total('ConnectionsOpened') === 2);
    await harness.settle();
    const before = metrics.total('FramesReceived');
    for (let n = 0; n < 50; n++) centre.step();
    await elapse(30_000, 1_000);
    expect(session.state).toBe('handing-over');
    expect(metrics.total('FramesReceived')).toBe(before);
    expect(open()).toHaveLength(2);

    session.resume();
    await harness.elapseUntil(() => completed() && open().length === 1);
    await allArrived(harness);
    expect(published(harness)).toEqual(written(mock));
    expect(harness.endings()).toEqual([]);
    expect(metrics.total('HandoversFailed')).toBe(0);
  });

  it('that lasts while the old connection dies holds for the one that is left', async () => {
    const harness = await createHandover(dialect);
    const { goLive, begin, session, centre, atNext, metrics, open, settle, news } = harness;
    await goLive();
    const [old] = open();
    old?.stall({ heartbeats: true, data: true });
    atNext('after-subscribe', () => session.pause());
    await begin();
    await until(() => metrics.total('ConnectionsOpened') === 2);
    session.resume();
    session.pause();
    old?.reset();
    for (let n = 0; n < 30; n++) centre.step();
    await settle();
    expect(news).toEqual([]);
    session.resume();
    await until(() => session.state === 'live');
    await allArrived(harness);
    expect(published(harness)).toEqual(written(harness.mock));
  });

  it('of a session that is stopped loses nothing', async () => {
    const harness = await createHandover(dialect);
    const { goLive, session, centre, settle, listenerClock } = harness;
    await goLive();
    session.pause();
    for (let n = 0; n < 50; n++) centre.step();
    await settle();
    await session.stop();
    expect(published(harness)).toEqual(written(harness.mock));
    await until(() => listenerClock.pending === 0);
  });
});

describe.each(DIALECTS)('stopping during a hand-over (%s)', (dialect) => {
  it.each(['connect', 'subscribe', 'after-subscribe', 'live'] as const)(
    'when the new connection comes to %s hands on everything, in order, and leaves nothing behind',
    async (moment) => {
      const harness = await createHandover(dialect);
      const { goLive, begin, session, centre, atNext, mock, open, states, listenerClock } = harness;
      await goLive();
      for (let n = 0; n < 20; n++) centre.step();
      let stopped: Promise<void> | undefined;
      atNext(moment, () => {
        for (let n = 0; n < 200; n++) centre.step();
        stopped = session.stop();
      });
      await begin();
      for (let n = 0; n < 20 && !stopped; n++) {
        centre.step();
        await harness.settle();
      }
      await until(() => stopped !== undefined);
      await stopped;
      expect(published(harness)).toEqual(written(mock));
      expect(session.state).toBe('stopped');
      await until(() => open().length === 0 && listenerClock.pending === 0);
      const before = states().length;
      await harness.elapse(15 * 60_000, 60_000);
      expect(states()).toHaveLength(before);
      expect(open()).toEqual([]);
    },
  );

  it('right after it waits for what the old connection still brings', async () => {
    const harness = await createHandover(dialect, {
      onChange: ({ state, previousState }, present) => {
        if (state !== 'live' || previousState !== 'handing-over') return;
        for (let n = 0; n < 200; n++) harness.centre.step();
        stopped = present.stop();
      },
    });
    let stopped: Promise<void> | undefined;
    await harness.goLive();
    await harness.begin();
    await harness.elapseUntil(() => stopped !== undefined);
    await stopped;
    const received = harness.metrics.total('FramesReceived');
    expect(published(harness)).toEqual(written(harness.mock));
    await harness.elapse(10_000, 1_000);
    expect(harness.metrics.total('FramesReceived')).toBe(received);
    await until(() => harness.open().length === 0 && harness.listenerClock.pending === 0);
  });
});
