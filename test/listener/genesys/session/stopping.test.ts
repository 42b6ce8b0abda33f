import { describe, expect, it } from 'vitest';
import { CredentialsError } from '../../../../listener/genesys/credentials.ts';
import { SESSION_STATES, type SessionState } from '../../../../listener/genesys/session/state.ts';
import { until } from '../../../until.ts';
import { createSession, type SessionHarness, type SessionHarnessOptions } from './harness.ts';

const CHANNELS = /\/notifications\/channels$/;
const SUBSCRIPTIONS = /subscriptions$/;

interface Way {
  readonly options?: SessionHarnessOptions;
  /** Brings a session that has not been started into the state, and leaves it there. */
  readonly to: (harness: SessionHarness) => Promise<void>;
}

/** REST answers fail, so that the session waits in this state for the next attempt. */
const held = (state: SessionState, method: string, path: RegExp): Way => ({
  to: async ({ mock, session, logged }) => {
    mock.controls.failNext(method, path, { status: 503, headers: { 'retry-after': '20' } });
    session.start();
    await until(() => session.state === state && logged('trying again').length === 1);
  },
});

const WAYS: Readonly<Record<Exclude<SessionState, 'closing'>, Way>> = {
  idle: { to: async () => undefined },
  authenticating: held('authenticating', 'POST', /oauth/),
  connecting: held('connecting', 'POST', CHANNELS),
  subscribing: held('subscribing', 'PUT', SUBSCRIPTIONS),
  live: { to: ({ goLive }) => goLive() },
  'handing-over': {
    to: async ({ mock, session, goLive, logged }) => {
      await goLive();
      mock.controls.failNext('POST', CHANNELS, { status: 503, headers: { 'retry-after': '20' } });
      mock.controls.announceClosing();
      await until(() => session.state === 'handing-over' && logged('trying again').length === 1);
    },
  },
  'backing-off': {
    to: async ({ mock, session, goLive }) => {
      await goLive();
      mock.controls.drop();
      await until(() => session.state === 'backing-off');
    },
  },
  stopped: {
    options: {
      credentials: {
        description: 'a test',
        read: async () => {
          throw new CredentialsError('CredentialsMissing', 'no value yet');
        },
      },
    },
    to: async ({ session }) => {
      session.start();
      await until(() => session.state === 'stopped');
    },
  },
};

const STATES = SESSION_STATES.filter((state) => state !== 'closing');

describe('stopping a session', () => {
  it.each(STATES)(
    'while it is %s leaves no timer and no socket, and changes nothing later',
    async (state) => {
      const { options, to } = WAYS[state];
      const harness = await createSession(options);
      const { session, listenerClock, connected, changes, elapse } = harness;
      await to(harness);
      expect(session.state).toBe(state);

      await session.stop();
      expect(session.state).toBe('stopped');
      expect(changes.at(-1)).toMatchObject({ state: 'stopped', reason: 'stop-requested' });
      await until(() => connected().length === 0);
      await until(() => listenerClock.pending === 0);
      const before = changes.length;
      await elapse(15 * 60_000, 60_000);
      expect(changes).toHaveLength(before);
      expect(connected()).toEqual([]);
      expect(listenerClock.pending).toBe(0);
    },
  );

  it.each(['authenticating', 'connecting', 'subscribing', 'live', 'closing', 'backing-off'] as const)(
    'at the very moment it becomes %s ends it as well',
    async (moment) => {
      let stopped: Promise<void> | undefined;
      const { session, mock, states, listenerClock, connected, elapse, settle } = await createSession({
        onChange: ({ state }, present) => {
          if (state === 'live' && moment !== 'live') mock.controls.drop();
          if (state === moment) stopped ??= present.stop();
        },
      });
      session.start();
      await until(() => stopped !== undefined);
      await stopped;
      await settle();
      expect(session.state).toBe('stopped');
      expect(states().filter((state) => state === 'stopped')).toHaveLength(1);
      await until(() => connected().length === 0);
      await until(() => listenerClock.pending === 0);
      const before = states().length;
      await elapse(120_000, 30_000);
      expect(states()).toHaveLength(before);
      expect(connected()).toEqual([]);
    },
  );

  it('during the login ends the login, too', async () => {
    const { mock, session, logged, elapse } = await createSession();
    mock.controls.failNext('POST', /oauth/, { status: 503, times: 10 });
    session.start();
    await until(() => logged('trying again').length === 1);
    await session.stop();
    await elapse(60_000);
    expect(logged('trying again')).toHaveLength(1);
  });

  it('hands on the frames that were on their way', async () => {
    const { mock, session, centre, goLive, notifications } = await createSession();
    await goLive();
    for (let n = 0; n < 200; n++) centre.step();
    expect(notifications.length).toBeLessThan(mock.record.written);
    await session.stop();
    expect(notifications.map(({ text }) => text)).toEqual([...mock.record].map(({ text }) => text));
  });

  it('hands on the frames that are on their way when a connection is left by plan', async () => {
    const { elapseUntil, mock, centre, goLive, notifications, metrics } = await createSession();
    await goLive();
    mock.controls.announceClosing();
    for (let n = 0; n < 100; n++) centre.step();
    const written = mock.record.written;
    await elapseUntil(() => metrics.total('HandoversCompleted') === 1);
    await until(() => notifications.length >= written);
    expect(notifications.slice(0, written).map(({ text }) => text)).toEqual(
      [...mock.record].slice(0, written).map(({ text }) => text),
    );
  });

  it('frees the channel at the server', async () => {
    const { mock, session, goLive } = await createSession();
    await goLive();
    await session.stop();
    expect(mock.controls.channels().flatMap(({ subscriptions }) => subscriptions)).toEqual([]);
  });

  it('can be asked for twice', async () => {
    const { session, goLive, states } = await createSession();
    await goLive();
    await Promise.all([session.stop(), session.stop()]);
    await session.stop();
    expect(states().filter((state) => state === 'stopped')).toHaveLength(1);
  });
});
