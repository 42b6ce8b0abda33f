import { describe, expect, it } from 'vitest';
import type { DialectName } from '../../../../listener/genesys/session/dialect.ts';
import type { EndReason } from '../../../../listener/genesys/session/end-reason.ts';
import type { SessionState } from '../../../../listener/genesys/session/state.ts';
import { until } from '../../../until.ts';
import { allArrived, createHandover, type HandoverHarness, published, written } from './handing-over.ts';

const CHANNELS = /\/notifications\/channels$/;
const SUBSCRIPTIONS = /subscriptions$/;

interface Stage {
  readonly name: string;
  readonly dialect: DialectName;
  /** Where the session is once the old connection is gone. */
  readonly state: SessionState;
  /** How the attempt ends, whose question the server has swallowed. */
  readonly endsBy?: readonly EndReason[];
  /** Begins a hand-over and leaves it at this stage. */
  readonly reach: (harness: HandoverHarness) => Promise<void>;
}

/** REST answers fail, so that the attempt waits at this stage for 20 s. */
const waiting = (method: string, path: RegExp) => async (harness: HandoverHarness) => {
  harness.mock.controls.failNext(method, path, { status: 503, headers: { 'retry-after': '20' } });
  await harness.begin();
  await until(() => harness.logged('trying again').length === 1);
};

/** The server answers the new one no more from this moment on. */
const stalled = (moment: 'connect' | 'subscribe') => async (harness: HandoverHarness) => {
  let reached = false;
  harness.atNext(moment, (socket) => {
    socket.stall({ heartbeats: false, data: true });
    reached = true;
  });
  await harness.begin();
  await until(() => reached);
  await harness.settle();
};

/** The old one answers no pings. */
const meeting = async (harness: HandoverHarness) => {
  harness.open()[0]?.stall({ heartbeats: true, data: false });
  if (harness.mock.controls.channels().length > 0) harness.open()[0]?.stall({ heartbeats: true, data: true });
  await harness.begin();
  await until(() => harness.metrics.total('ConnectionsOpened') === 2);
  await harness.settle();
};

const UNANSWERED = ['handshake-unanswered'] as const;

const STAGES: readonly Stage[] = [
  { name: 'login', dialect: 'channels', state: 'authenticating', reach: waiting('POST', /oauth/) },
  { name: 'making the channel', dialect: 'channels', state: 'connecting', reach: waiting('POST', CHANNELS) },
  { name: 'subscribing', dialect: 'channels', state: 'subscribing', reach: waiting('PUT', SUBSCRIPTIONS) },
  { name: 'the meeting', dialect: 'channels', state: 'live', reach: meeting },
  { name: 'login', dialect: 'org-socket', state: 'authenticating', reach: waiting('POST', /oauth/) },
  { name: 'auth', dialect: 'org-socket', state: 'connecting', reach: stalled('connect'), endsBy: UNANSWERED },
  {
    name: 'subscribing',
    dialect: 'org-socket',
    state: 'subscribing',
    reach: stalled('subscribe'),
    endsBy: UNANSWERED,
  },
  { name: 'the meeting', dialect: 'org-socket', state: 'live', reach: meeting },
];

describe('the old connection dying during a hand-over', () => {
  it.each(STAGES)('at $name ($dialect): the attempt that is under way is gone on with', async (stage) => {
    const harness = await createHandover(stage.dialect);
    const { goLive, centre, changes, session, open, mock, logged, elapseUntil, metrics } = harness;
    await goLive();
    const [old] = open();
    for (let n = 0; n < 30; n++) centre.step();
    await allArrived(harness);
    await stage.reach(harness);
    const before = changes.length;
    expect(session.state).toBe('handing-over');
    old?.drop();
    await until(() => changes.length >= before + 2);
    expect(changes.slice(before, before + 2).map(({ state }) => state)).toEqual(['closing', stage.state]);

    for (const socket of open()) socket.stall({ heartbeats: false, data: false });
    await elapseUntil(() => session.state === 'live');
    expect(harness.endings()).toEqual(['socket-closed', ...(stage.endsBy ?? [])]);
    if (!stage.endsBy) expect(logged('waiting before the next attempt')).toEqual([]);
    expect(metrics.total('ConnectionsOpened')).toBe(2);
    expect(logged('handing over: ')).toHaveLength(1);
    const [present] = open();
    expect(open()).toHaveLength(1);
    for (let n = 0; n < 30; n++) centre.step();
    await allArrived(harness);
    expect(published(harness)).toEqual(written(mock));
    expect(present).not.toBe(old);
  });

  it('silently, in the meeting: it is ended, and the new one goes live with what it kept', async () => {
    const harness = await createHandover();
    const { goLive, centre, session, mock, open, news, metrics } = harness;
    await goLive();
    for (let n = 0; n < 30; n++) centre.step();
    await allArrived(harness);
    await meeting(harness);
    const before = news.length;
    // The old one gets none of these.
    for (let n = 0; n < 30; n++) centre.step();
    await harness.settle();
    expect(news).toHaveLength(before);
    await harness.elapseUntil(() => session.state === 'live' && open().length === 1);
    expect(harness.endings()).toEqual(['heartbeat-missed']);
    expect(metrics.total('HeartbeatsMissed')).toBe(1);
    await allArrived(harness);
    expect(published(harness)).toEqual(written(mock));
  });
});

describe('an answer that was still due to an earlier ping', () => {
  it('is not taken for the one that the meeting waits for', async () => {
    const harness = await createHandover();
    const { goLive, mock, clock, open, metrics, settle, session, elapse } = harness;
    await goLive();
    const [old] = open();
    const pong = '{"topicName":"channel.metadata","eventBody":{"message":"pong"}}';
    old?.stall({ heartbeats: true, data: true });
    // The first ping is asked for by the silence.
    await clock.advance(33_000);
    mock.controls.announceClosing(60_000, old?.id);
    old?.sendRaw('{"topicName":"v2.system.socket_closing","eventBody":{}}');
    await until(() => metrics.total('ConnectionsOpened') === 2);
    await elapse(1_100);
    old?.sendRaw(pong);
    await settle();
    await settle();
    expect(session.state).toBe('handing-over');
    old?.sendRaw(pong);
    await harness.elapseUntil(() => metrics.total('HandoversCompleted') === 1);
    await elapse(10_000);
    expect(harness.endings()).toEqual([]);
  });

  it('nor is a ping of the server', async () => {
    const harness = await createHandover('org-socket');
    const { goLive, begin, open, metrics, settle, session } = harness;
    await goLive();
    const [old] = open();
    old?.stall({ heartbeats: true, data: false });
    await begin();
    await until(() => metrics.total('ConnectionsOpened') === 2);
    await harness.elapse(1_100);
    old?.ping();
    await settle();
    await settle();
    expect(session.state).toBe('handing-over');
  });
});
