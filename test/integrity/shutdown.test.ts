import { describe, expect, it } from 'vitest';
import { serveHealth } from '../../listener/telemetry/health.ts';
import { until } from '../until.ts';
import { startBridge } from './harness.ts';

describe('stopping', () => {
  it('publishes everything that was written to the socket', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => ['queues:*', ...centre.agents.map(({ email }) => `user:${email}`)],
    });
    await harness.goLive();
    for (let n = 0; n < 100; n++) harness.centre.step();
    const books = await harness.stop();
    expect(books).toMatchObject({ parked: 0, lost: 0, pending: 0, inTime: true });
    const counts = harness.deliveries();
    expect(counts.size).toBeGreaterThan(50);
    expect([...counts].filter(([, times]) => times !== 1)).toEqual([]);
  });

  it('parks what the bus does not take in time, so that nothing is lost', async () => {
    const harness = await startBridge();
    harness.server.controls.failCalls({ code: 'InternalFailure', status: 500 });
    await harness.goLive();
    for (let n = 0; n < 50; n++) harness.centre.step();
    const books = await harness.stop();
    expect(books).toMatchObject({ published: 0, lost: 0, pending: 0, inTime: false });
    expect(books.parked).toBe(books.accepted);
    const details = (await harness.parked()).flatMap(({ item }) =>
      item.kind === 'event' ? item.detail : [],
    );
    for (const { text } of harness.mock.record) {
      expect(details.filter((detail) => detail.startsWith(text.slice(0, -1)))).toHaveLength(1);
    }
  });

  it('waits for answers that are on their way', async () => {
    const harness = await startBridge();
    const answers = harness.server.controls.holdAnswers();
    await harness.goLive();
    for (let n = 0; n < 20; n++) harness.centre.step();
    await until(() => answers.waiting > 0);
    const stopping = harness.bridge.stop(60_000);
    await harness.settle();
    answers.clear();
    answers.release();
    const books = await stopping;
    expect(books).toMatchObject({ parked: 0, lost: 0, pending: 0, inTime: true });
  });

  it('does not wait for echoes that may still come', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => ['queues:*', ...centre.agents.map(({ id }) => `user:${id}`)],
    });
    await harness.goLive();
    const [queue] = harness.centre.queues;
    const [agent] = harness.centre.agents;
    harness.mock.controls.send(
      `{"topicName":"v2.routing.queues.${queue?.id}.conversations","eventBody":{"id":"c","participants":[{"id":"p","purpose":"agent","userId":"${agent?.id}"}]}}`,
    );
    await until(() => harness.metrics.total('NotificationsReceived') === 1);
    await harness.settle();
    expect(harness.server.events.filter(({ detail }) => 'topicName' in detail)).toEqual([]);
    const books = await harness.bridge.stop(60_000);
    expect(books).toMatchObject({ parked: 0, lost: 0, pending: 0 });
    expect(harness.server.events.filter(({ detail }) => 'topicName' in detail)).toHaveLength(1);
  });

  it('is told by readiness at once, liveness staying', async () => {
    const harness = await startBridge();
    await harness.goLive();
    const stopping = harness.stop();
    expect(harness.bridge.readiness()).toMatchObject({ ok: false, facts: { state: 'live' } });
    expect(harness.bridge.liveness().ok).toBe(true);
    await stopping;
  });

  it('leaves no timer, no socket and no subscription', async () => {
    const harness = await startBridge();
    await harness.goLive();
    await harness.live(20);
    await harness.stop();
    expect(harness.listenerClock.pending).toBe(0);
    const channels = harness.mock.controls.channels();
    expect(channels.filter(({ connected }) => connected)).toEqual([]);
    expect(channels.flatMap(({ subscriptions }) => subscriptions)).toEqual([]);
  });

  it('can be asked for again and gives the same result', async () => {
    const harness = await startBridge();
    await harness.goLive();
    const [first, second] = await Promise.all([harness.stop(), harness.stop()]);
    expect(second).toBe(first);
  });

  it('before anything was started is fine, too', async () => {
    const harness = await startBridge();
    expect(await harness.stop()).toMatchObject({ accepted: 0, lost: 0, pending: 0 });
  });
});

describe('the health endpoint', () => {
  const answers = async (url: string) => {
    const [alive, ready] = await Promise.all([fetch(`${url}/healthz`), fetch(`${url}/readyz`)]);
    return { alive: alive.status, ready: ready.status, facts: JSON.stringify(await ready.json()) };
  };

  it('is ready only while the session is live, and says why not', async () => {
    const harness = await startBridge();
    const health = await serveHealth(harness.bridge, 0);
    expect(await answers(health.url)).toMatchObject({ alive: 200, ready: 503 });
    await harness.goLive();
    expect(await answers(health.url)).toMatchObject({ alive: 200, ready: 200 });
    harness.mock.controls.drop();
    await until(() => harness.bridge.sessionState === 'backing-off');
    expect(await answers(health.url)).toMatchObject({
      alive: 200,
      ready: 503,
      facts: expect.stringContaining('socket-closed'),
    });
    await harness.elapseUntil(() => harness.bridge.sessionState === 'live');
    await harness.stop();
    expect(await answers(health.url)).toMatchObject({ ready: 503 });
    await health.close();
  });

  it('is alive, but not ready, when the credentials are refused', async () => {
    const harness = await startBridge();
    const health = await serveHealth(harness.bridge, 0);
    harness.mock.controls.failNext('POST', /oauth/, { status: 401, times: 2 });
    harness.bridge.start();
    await until(() => harness.bridge.sessionState === 'stopped');
    await harness.elapse(5 * 60_000, 60_000);
    expect(await answers(health.url)).toMatchObject({
      alive: 200,
      ready: 503,
      facts: expect.stringContaining('login-refused'),
    });
    await health.close();
  });

  it('is not alive when events wait and nothing moves for two minutes', async () => {
    const harness = await startBridge();
    const health = await serveHealth(harness.bridge, 0);
    await harness.goLive();
    await harness.flow();
    // Answers that never come: the client's own timeout runs by the real clock and is not waited for here.
    const held = harness.server.controls.holdAnswers();
    harness.centre.step();
    await until(() => held.waiting > 0);
    await harness.elapse(119_000);
    expect(await answers(health.url)).toMatchObject({ alive: 200 });
    await harness.elapse(10_000);
    expect(await answers(health.url)).toMatchObject({ alive: 503 });
    held.clear();
    held.release();
    await harness.flow();
    expect(await answers(health.url)).toMatchObject({ alive: 200 });
    await health.close();
  });
});
