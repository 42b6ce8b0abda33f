import { describe, expect, it } from 'vitest';
import { until } from '../../../until.ts';
import { createSession, type SessionHarness } from './harness.ts';

const CHANNELS = /\/notifications\/channels$/;

/** The waits so far, in milliseconds. */
const waits = ({ logged }: Pick<SessionHarness, 'logged'>) =>
  logged('waiting before the next attempt').map(({ waitMs }) => waitMs);

describe('waiting between attempts', () => {
  it('doubles with each failure in a row, up to a minute, with full jitter', async () => {
    const harness = await createSession();
    harness.mock.controls.refuseNextUpgrades(503, 10);
    harness.session.start();
    await harness.elapseUntil(() => waits(harness).length === 9);
    // Half of 1, 2, 4 … 60 s: the jitter is fixed at a half here.
    expect(waits(harness)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it.each([
    { random: 0, expected: [0, 0, 0] },
    { random: 0.999, expected: [999, 1_998, 3_996] },
  ])('lies anywhere between nothing and the ceiling (jitter $random)', async ({ random, expected }) => {
    const harness = await createSession({ random: () => random });
    harness.mock.controls.refuseNextUpgrades(503, 3);
    harness.session.start();
    await harness.elapseUntil(() => harness.session.state === 'live');
    expect(waits(harness)).toEqual(expected);
  });

  it('goes on growing when a connection goes live and breaks within a minute', async () => {
    const harness = await createSession();
    await harness.goLive();
    for (let n = 0; n < 4; n++) {
      harness.mock.controls.drop();
      await until(() => harness.session.state === 'backing-off');
      await harness.elapseUntil(() => harness.session.state === 'live');
      await harness.elapse(45_000);
    }
    expect(waits(harness)).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('begins anew after a stable minute', async () => {
    const harness = await createSession();
    await harness.goLive();
    for (let n = 0; n < 3; n++) {
      harness.mock.controls.drop();
      await until(() => harness.session.state === 'backing-off');
      await harness.elapseUntil(() => harness.session.state === 'live');
      await harness.elapse(60_000);
    }
    expect(waits(harness)).toEqual([500, 500, 500]);
  });

  it('is never shorter than the Retry-After of a call that was given up', async () => {
    const harness = await createSession();
    harness.mock.controls.failNext('POST', CHANNELS, { status: 429, headers: { 'retry-after': '300' } });
    harness.session.start();
    await until(() => harness.session.state === 'backing-off');
    expect(waits(harness)).toEqual([300_500]);
    await harness.elapse(300_000, 60_000);
    expect(harness.session.state).toBe('backing-off');
    await harness.elapseUntil(() => harness.session.state === 'live');
  });
});

describe('a server that ends each connection at once', () => {
  const ENDINGS = {
    closing: ({ mock }: SessionHarness) => mock.controls.close(1001, 'go away'),
    dropping: ({ mock }: SessionHarness) => mock.controls.drop(),
    'evicting the channel': ({ mock, connected }: SessionHarness) =>
      connected().map(({ id }) => mock.controls.evict(id)),
    'giving the channel to another': ({ mock }: SessionHarness) =>
      mock.controls.send('{"topicName":"v2.system.duplicate_id","eventBody":{}}'),
    'revoking the token': ({ mock }: SessionHarness) => mock.controls.endTokens('revoked'),
  };

  it.each(Object.entries(ENDINGS))('by %s is not hammered', async (_way, end) => {
    const harness = await createSession();
    const { session, clock, settle, states } = harness;
    await harness.goLive();
    const lives = () => states().filter((state) => state === 'live').length;
    // A minute of it: with waits that double there is time for few connections.
    for (let ms = 0; ms < 60_000; ms += 500) {
      if (session.state === 'live') {
        const before = harness.endings().length;
        end(harness);
        await until(() => harness.endings().length > before);
      }
      await clock.advance(500);
      await settle();
    }
    expect(lives()).toBeGreaterThan(3);
    expect(lives()).toBeLessThan(12);
    await harness.elapseUntil(() => session.state === 'live');
  });

  it('by announcing maintenance is not hammered', async () => {
    const harness = await createSession({
      onChange: ({ state }) => {
        if (state === 'live') setImmediate(() => harness.mock.controls.announceClosing());
      },
    });
    await harness.goLive();
    await harness.elapse(60_000, 500);
    const handovers = harness.metrics.total('HandoversCompleted');
    expect(handovers).toBeGreaterThan(3);
    expect(handovers).toBeLessThan(12);
  });
});
