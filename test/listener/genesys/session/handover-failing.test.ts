import { describe, expect, it } from 'vitest';
import type { DialectName } from '../../../../listener/genesys/session/dialect.ts';
import { until } from '../../../until.ts';
import {
  allArrived,
  createHandover,
  DIALECTS,
  type HandoverHarness,
  published,
  written,
} from './handing-over.ts';

const CHANNELS = /\/notifications\/channels$/;
const SUBSCRIPTIONS = /subscriptions$/;

interface Failure {
  readonly what: string;
  readonly dialect: DialectName;
  /** Makes the next attempt fail, and only that. */
  readonly order: (harness: HandoverHarness) => unknown;
  readonly reason: string;
  /** The new attempt comes no sooner than this, in milliseconds. */
  readonly notBeforeMs?: number;
}

const tooMany = { status: 429, headers: { 'retry-after': '300' } };
const FAILURES: readonly Failure[] = [
  ...DIALECTS.flatMap((dialect): Failure[] => [
    {
      what: 'the login is down',
      dialect,
      order: ({ mock }) => mock.controls.failNext('POST', /oauth/, { status: 503, times: 4 }),
      reason: 'call-failed',
    },
    {
      what: 'the login asks to wait',
      dialect,
      order: ({ mock }) => mock.controls.failNext('POST', /oauth/, tooMany),
      reason: 'call-failed',
      notBeforeMs: 300_000,
    },
    {
      what: 'the login refuses the new credentials',
      dialect,
      order: ({ mock }) =>
        mock.controls.failNext('POST', /oauth/, { status: 401, body: { error: 'invalid_client' } }),
      reason: 'login-refused',
    },
    {
      what: 'the upgrade is refused',
      dialect,
      order: ({ mock }) => mock.controls.refuseNextUpgrades(503),
      reason: 'upgrade-refused',
    },
    {
      what: 'the new socket is dropped while it is being subscribed',
      dialect,
      order: ({ atNext }) => atNext('subscribe', (socket) => socket.drop()),
      reason: 'socket-closed',
    },
    {
      what: 'the new socket is silent once it is subscribed',
      dialect,
      order: ({ atNext }) =>
        atNext('after-subscribe', (socket) => socket.stall({ heartbeats: true, data: true })),
      reason: 'heartbeat-missed',
    },
  ]),
  {
    what: 'the channel is refused with 500',
    dialect: 'channels',
    order: ({ mock }) => mock.controls.failNext('POST', CHANNELS, { status: 500, times: 4 }),
    reason: 'call-failed',
  },
  {
    what: 'the channel has to wait',
    dialect: 'channels',
    order: ({ mock }) => mock.controls.failNext('POST', CHANNELS, tooMany),
    reason: 'call-failed',
    notBeforeMs: 300_000,
  },
  {
    what: 'the subscription has to wait',
    dialect: 'channels',
    order: ({ mock }) => mock.controls.failNext('PUT', SUBSCRIPTIONS, tooMany),
    reason: 'call-failed',
    notBeforeMs: 300_000,
  },
  {
    what: 'the subscription is forbidden',
    dialect: 'channels',
    order: ({ mock }) => mock.controls.failNext('PUT', SUBSCRIPTIONS, { status: 403 }),
    reason: 'forbidden',
  },
  {
    what: 'the server answers nothing on the new socket',
    dialect: 'org-socket',
    order: ({ atNext }) => atNext('connect', (socket) => socket.stall({ heartbeats: false, data: true })),
    reason: 'handshake-unanswered',
  },
];

describe('an attempt that fails', () => {
  it.each(FAILURES)(
    'because $what ($dialect) leaves the old connection working, and is made again',
    async ({ dialect, order, reason, notBeforeMs = 0 }) => {
      const harness = await createHandover(dialect);
      const { goLive, begin, centre, metrics, open, logged, completed, clock, changes } = harness;
      await goLive();
      const [old] = open();
      await order(harness);
      const before = changes.length;
      await begin();
      for (let n = 0; n < 30; n++) centre.step();
      await harness.elapseUntil(() => metrics.total('HandoversFailed') === 1, 100);
      expect(logged('the new connection failed')[0]).toMatchObject({ level: 'warn', reason });
      expect(changes.slice(before).map(({ state }) => state)).toEqual(['handing-over', 'live']);
      expect(old?.open).toBe(true);
      for (let n = 0; n < 30; n++) centre.step();
      await allArrived(harness);
      expect(published(harness)).toEqual(written(harness.mock));

      const failedAt = clock.monotonic();
      await until(() => open().length === 1);
      // Notifications keep the old one alive meanwhile, as they would.
      for (let n = 0; !completed() && n < 600; n++) {
        centre.step();
        await harness.elapse(1_000, 1_000);
      }
      expect(completed()).toBe(true);
      expect(clock.monotonic() - failedAt).toBeGreaterThanOrEqual(notBeforeMs);
      expect(harness.endings()).toEqual([]);
      await allArrived(harness);
      expect(published(harness)).toEqual(written(harness.mock));
      await until(() => open().length === 1);
    },
  );

  it('again and again is made again later each time', async () => {
    const harness = await createHandover();
    const { goLive, begin, mock, logged, elapseUntil, session, settle } = harness;
    await goLive();
    mock.controls.refuseNextUpgrades(503, 8);
    await begin();
    await elapseUntil(harness.completed);
    const waits = logged('the new connection failed').map(({ waitMs }) => waitMs);
    // Half of 1, 2, 4 … 60 s: the jitter is fixed at a half here.
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await settle();
    expect(session.trouble).toBeUndefined();
  });

  it('frees the channel that it made, and leaves that of the old connection alone', async () => {
    const { goLive, begin, atNext, mock, connected, elapseUntil, completed, metrics } =
      await createHandover();
    await goLive();
    const [old] = connected();
    atNext('after-subscribe', (socket) => socket.drop());
    await begin();
    await until(() => metrics.total('HandoversFailed') === 1);
    expect(connected()).toEqual([old]);
    await elapseUntil(completed);
    const subscribed = () => mock.controls.channels().filter(({ subscriptions }) => subscriptions.length > 0);
    await until(() => connected().length === 1 && subscribed().length <= 2);
    // The old one's cannot be freed with the token of another client.
    expect(new Set(subscribed().map(({ id }) => id))).toEqual(new Set([old?.id, connected()[0]?.id]));
  });

  it('loses nothing when the old connection turns out to have been dead', async () => {
    const harness = await createHandover();
    const { goLive, begin, atNext, centre, mock, open, news, elapseUntil, metrics, elapse } = harness;
    await goLive();
    const [old] = open();
    for (let n = 0; n < 20; n++) centre.step();
    await allArrived(harness);
    atNext('after-subscribe', (socket) => {
      old?.stall({ heartbeats: true, data: true });
      for (let n = 0; n < 50; n++) centre.step();
      socket.close(1001, 'gone as well');
    });
    await begin();
    await until(() => metrics.total('HandoversFailed') === 1);
    const withoutThem = news.length;
    mock.controls.refuseNextUpgrades(503, 20);
    await elapse(15_000, 1_000);
    expect(news).toHaveLength(withoutThem);
    await elapseUntil(() => harness.endings().length > 0);
    expect(harness.endings()).toEqual(['heartbeat-missed']);
    expect(published(harness)).toEqual(written(mock));
  });
});

describe.each(DIALECTS)('rotated credentials (%s)', (dialect) => {
  it('that are wrong leave the old connection working until they are put right', async () => {
    const harness = await createHandover(dialect);
    const { goLive, rotate, centre, elapse, logged, mock, session, open, completed } = harness;
    await goLive();
    const [old] = open();
    rotate('a wrong secret');
    await elapse(5 * 60_000);
    expect(logged('the new connection failed').length).toBeGreaterThan(3);
    expect(open()).toEqual([old]);
    expect(session.trouble?.reason).toBe('login-refused');
    for (let n = 0; n < 30; n++) centre.step();
    await allArrived(harness);

    // Back to the first ones, which are good.
    rotate();
    await harness.elapseUntil(completed);
    await until(() => open().length === 1);
    expect(open()).not.toContain(old);
    await allArrived(harness);
    expect(published(harness)).toEqual(written(mock));
    expect(harness.endings()).toEqual([]);
  });
});
