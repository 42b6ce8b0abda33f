import { describe, expect, it } from 'vitest';
import { Random } from '../../../../mock/contact-centre/random.ts';
import { MOMENTS } from '../../../../mock/genesys/moments.ts';
import { until } from '../../../until.ts';
import { allArrived, createHandover, DIALECTS, published, written } from './handing-over.ts';

describe.each(DIALECTS)('handing over (%s)', (dialect) => {
  it('leaves the old connection only when the new one is subscribed and has answered a ping', async () => {
    const harness = await createHandover(dialect);
    const { goLive, begin, atNext, open, session, completed, settle } = harness;
    await goLive();
    const [old] = open();
    // Nothing comes by the new one once it is subscribed, so there is no answer either.
    atNext('after-subscribe', (socket) => socket.stall({ heartbeats: true, data: true }));
    await begin();
    await until(() => harness.metrics.total('ConnectionsOpened') === 2);
    await settle();
    expect(open()).toHaveLength(2);
    expect(session.state).toBe('handing-over');
    expect(completed()).toBe(false);
    open()[1]?.stall({ heartbeats: false, data: false });
    // The ping went by while it was stalled, so this attempt fails, and the next does it.
    await harness.elapseUntil(completed);
    await until(() => open().length === 1);
    expect(open()).not.toContain(old);
    expect(harness.endings()).toEqual([]);
  });

  it('misses nothing and keeps the order when something happens at every moment of it', async () => {
    const harness = await createHandover(dialect);
    const { goLive, begin, centre, mock, completed } = harness;
    await goLive();
    for (let n = 0; n < 100; n++) centre.step();
    const seen = new Set<string>();
    mock.controls.onMoment(({ moment }) => {
      seen.add(moment);
      for (let n = 0; n < 20; n++) centre.step();
    });
    await begin();
    await harness.elapseUntil(completed);
    for (let n = 0; n < 50; n++) centre.step();
    await allArrived(harness);
    expect(seen).toEqual(new Set(MOMENTS));
    expect(published(harness)).toEqual(written(mock));
  });

  it.each(Array.from({ length: 8 }, (_, index) => index + 1))(
    'misses nothing and keeps the order under load, twice in a row (seed %i)',
    async (seed) => {
      const harness = await createHandover(dialect, { centre: { seed } });
      const { goLive, begin, centre, mock, metrics, clock } = harness;
      const random = new Random(seed);
      await goLive();
      let going = true;
      const load = (async () => {
        while (going) {
          for (let n = random.int(0, 12); n > 0; n--) centre.step();
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      for (const handover of [1, 2]) {
        await begin();
        await harness.elapseUntil(() => metrics.total('HandoversCompleted') === handover);
        await clock.advance(random.int(0, 3_000));
      }
      going = false;
      await load;
      await allArrived(harness);
      expect(published(harness)).toEqual(written(mock));
      expect(metrics.total('HandoversFailed')).toBe(0);
      expect(harness.endings()).toEqual([]);
    },
  );
});

describe('a repetition', () => {
  it('that comes by the new connection alone is no echo of what the old one brought before', async () => {
    const harness = await createHandover();
    const { goLive, begin, open, mock, centre, news, completed, clock, logged } = harness;
    await goLive();
    while (mock.record.written === 0) centre.step();
    await until(() => news.length > 0);
    const text = [...mock.record].at(-1)?.text ?? '';
    const body = (muted: boolean) => text.replace('"participants"', `"muted":${muted},"participants"`);
    mock.controls.failNext('PUT', /subscriptions$/, { status: 503, headers: { 'retry-after': '2' } });
    await begin();
    await until(() => logged('trying again').length === 1);
    const before = news.length;
    // When the new one was about to be subscribed, and was not yet.
    for (const muted of [true, false]) open()[0]?.sendRaw(body(muted));
    await until(() => news.length === before + 2);
    await harness.elapse(3_000);
    await harness.elapseUntil(() => completed() && open().length === 1);
    open()[0]?.sendRaw(body(true));
    await until(() => news.length === before + 3);
    await clock.advance(5_000);
    open()[0]?.sendRaw(body(false));
    await until(() => news.length === before + 4);
  });

  it('within moments of what the old one brought just before the new one was subscribed is no echo of it', async () => {
    const harness = await createHandover();
    const { goLive, begin, open, mock, centre, news, completed, elapseUntil, atNext } = harness;
    await goLive();
    while (mock.record.written === 0) centre.step();
    await until(() => news.length > 0);
    const text = [...mock.record].at(-1)?.text ?? '';
    const body = (muted: boolean) => text.replace('"participants"', `"muted":${muted},"participants"`);
    const before = news.length;
    const [old] = open();
    atNext('subscribe', () => {
      for (const muted of [true, false]) old?.sendRaw(body(muted));
    });
    await begin();
    await elapseUntil(() => completed() && open().length === 1, 100);
    expect(news).toHaveLength(before + 2);
    for (const muted of [true, false]) open()[0]?.sendRaw(body(muted));
    await until(() => news.length === before + 4);
  });
});

describe('reasons to hand over', () => {
  it('that come while it is under way do not begin another one', async () => {
    const { elapseUntil, goLive, begin, mock, atNext, completed, logged, elapse, open, endings } =
      await createHandover();
    await goLive();
    const [old] = open();
    atNext('subscribe', () => mock.controls.announceClosing(60_000, old?.id));
    await begin();
    await elapseUntil(completed);
    await until(() => open().length === 1);
    await elapse(60_000);
    expect(logged('handing over: ')).toHaveLength(1);
    expect(endings()).toEqual([]);
  });

  it('that concern the new connection before it is the present one are met by yet another', async () => {
    const { goLive, begin, mock, atNext, completed, open, endings, elapseUntil, metrics } =
      await createHandover();
    await goLive();
    let announced = '';
    atNext('after-subscribe', ({ id }) => {
      announced = id;
      mock.controls.announceClosing(60_000, id);
    });
    await begin();
    await elapseUntil(completed);
    await until(() => open().length === 1);
    expect(open()[0]?.id).not.toBe(announced);
    expect(metrics.total('HandoversFailed')).toBe(1);
    expect(endings()).toEqual([]);
  });
});

describe('topics', () => {
  it('that cannot be looked up for the new connection are kept from the old one', async () => {
    const { elapseUntil, goLive, begin, mock, completed, connected, centre } = await createHandover(
      'channels',
      {
        topics: ['queues:*', 'user:aiko.ashdown1@example.com'],
      },
    );
    await goLive();
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities: [], pageCount: 0 } });
    await begin();
    await elapseUntil(() => completed() && connected().length === 1);
    expect(connected()[0]?.subscriptions).toHaveLength(centre.queues.length + 1);
  });

  it('that are new are put on the old connection, too, when handing over fails', async () => {
    const { goLive, mock, atNext, connected, centre, elapse, session, metrics } = await createHandover(
      'channels',
      {
        refreshMs: 60_000,
      },
    );
    await goLive();
    const late = centre.addQueue('Late');
    atNext('after-subscribe', (socket) => {
      mock.controls.failNext('POST', /channels$/, { status: 400, times: Number.POSITIVE_INFINITY });
      socket.drop();
    });
    mock.controls.announceClosing(10 * 60_000);
    await until(() => metrics.total('HandoversFailed') === 1);
    await until(() => session.state === 'live' && connected().length === 1);
    await elapse(90_000, 500);
    await until(() => connected()[0]?.subscriptions.some((topic) => topic.includes(late.id)) === true);
    expect(connected()).toHaveLength(1);
  });
});
