import { describe, expect, it } from 'vitest';
import { until } from '../../../until.ts';
import { createSession } from './harness.ts';

describe('heartbeats', () => {
  it('keep the connection for as long as they come', async () => {
    const { session, goLive, elapse, changes } = await createSession();
    await goLive();
    const before = changes.length;
    await elapse(10 * 60_000);
    expect(session.state).toBe('live');
    expect(changes).toHaveLength(before);
  });

  it('that stay away make it ask after 33 s, and the answer saves the connection', async () => {
    const { mock, session, goLive, clock, settle, metrics } = await createSession();
    await goLive();
    mock.controls.stall({ heartbeats: true, data: false });
    const frames = metrics.total('FramesReceived');
    await clock.advance(32_999);
    await settle();
    expect(metrics.total('FramesReceived')).toBe(frames);
    await clock.advance(1);
    await until(() => metrics.total('FramesReceived') === frames + 1);
    await clock.advance(32_999);
    await settle();
    expect(session.state).toBe('live');
    await clock.advance(1);
    await until(() => metrics.total('FramesReceived') === frames + 2);
    expect(metrics.total('HeartbeatsMissed')).toBe(0);
  });

  it('that stay away with no answer either get the socket terminated after 40 s', async () => {
    const { mock, session, goLive, clock, settle, metrics, connected, endings } = await createSession();
    await goLive();
    mock.controls.stall();
    await clock.advance(39_999);
    await settle();
    expect(session.state).toBe('live');
    await clock.advance(1);
    expect(session.state).toBe('backing-off');
    expect(endings()).toEqual(['heartbeat-missed']);
    expect(metrics.total('HeartbeatsMissed')).toBe(1);
    await until(() => connected().length === 0);
  });

  it('a peer that reads nothing, close frames neither, does not hold the session up', async () => {
    const { mock, session, goLive, clock, elapseUntil } = await createSession();
    await goLive();
    mock.controls.stall({ heartbeats: true, data: true, reading: true });
    await clock.advance(40_000);
    await elapseUntil(() => session.state === 'live');
  });

  it('are not needed while notifications come', async () => {
    const { mock, session, goLive, elapse, centre, endings } = await createSession();
    await goLive();
    mock.controls.stall({ heartbeats: true, data: false });
    for (let minutes = 0; minutes < 3; minutes += 0.5) {
      for (let n = 0; n < 5; n++) centre.step();
      await elapse(30_000);
    }
    expect(session.state).toBe('live');
    expect(endings()).toEqual([]);
  });
});
