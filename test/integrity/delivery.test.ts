import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventSchemas } from '../../listener/contract/event.ts';
import { type BridgeHarness, startBridge } from './harness.ts';

const Correlated = z.object({ metadata: z.object({ CorrelationId: z.string() }) });
const correlationOf = (frame: unknown) => Correlated.parse(frame).metadata.CorrelationId;

/** Each change once: the whole of what is promised, in one comparison. */
function expectEachOnce({ deliveries }: BridgeHarness): void {
  const counts = deliveries();
  expect(counts.size).toBeGreaterThan(50);
  expect([...counts].filter(([, times]) => times !== 1)).toEqual([]);
}

describe('every change that was put on the socket', () => {
  it('is on the bus exactly once', async () => {
    const harness = await startBridge();
    await harness.goLive();
    await harness.live(120);
    await harness.flow();
    expectEachOnce(harness);
    expect(harness.bridge.stats).toMatchObject({ parked: 0, lost: 0, pending: 0 });
  });

  it('is on the bus exactly once when it comes by several topics, all of which are named', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => ['queues:*', ...centre.agents.map(({ email }) => `user:${email}`)],
    });
    await harness.goLive();
    await harness.live(120);
    await harness.flow();
    expectEachOnce(harness);
    expect(harness.metrics.total('EchoesMatched')).toBeGreaterThan(50);

    const carriers = new Map<string, Set<string>>();
    for (const { text, topicName } of harness.mock.record) {
      const id = correlationOf(JSON.parse(text));
      carriers.set(id, (carriers.get(id) ?? new Set()).add(topicName));
    }
    for (const { detail } of harness.server.events) {
      const event = eventSchemas['Conversation Updated'].shape.detail.safeParse(detail);
      if (!event.success) continue;
      expect(new Set(event.data.bridge.topics)).toEqual(carriers.get(correlationOf(detail)));
      expect(event.data.bridge.topics[0]).toBe(event.data.topicName);
    }
  });

  it('is on the bus once for each shape: the whole conversation, a medium of it, a detail event, an agent', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => [
        'queues:*',
        ...centre.queues.map(({ id }) => `v2.routing.queues.${id}.conversations?calls&emails&messages`),
        ...centre.agents.map(({ id }) => `v2.users.${id}?presence&routingStatus&conversationsummary`),
      ],
    });
    await harness.goLive();
    await harness.live(120);
    await harness.flow();
    expectEachOnce(harness);
    const kinds = new Set(harness.server.events.map((event) => event['detail-type']));
    expect(kinds).toEqual(
      new Set(['Conversation Updated', 'Notification Received', 'Bridge Connection Changed']),
    );
  });

  it('is on the bus byte for byte, in an event that keeps the contract', async () => {
    const harness = await startBridge();
    await harness.goLive();
    await harness.live(100);
    await harness.flow();
    const frames = new Set([...harness.mock.record].map(({ text }) => text.slice(0, -1)));
    const updates = harness.server.events.filter((event) => event['detail-type'] === 'Conversation Updated');
    for (const event of updates) {
      expect([...frames].filter((frame) => event.detailText.startsWith(frame))).toHaveLength(1);
      expect(eventSchemas['Conversation Updated'].safeParse(event).error).toBeUndefined();
    }
  });

  it('is on the bus, or parked, though the bus throttles, fails and drops connections', async () => {
    const harness = await startBridge();
    const { controls } = harness.server;
    controls.failEntries({ code: 'ThrottlingException', probability: 0.2 });
    controls.failCalls({ code: 'ThrottlingException', probability: 0.1 });
    controls.failCalls({ code: 'InternalFailure', status: 500, probability: 0.1 });
    controls.dropConnections({ probability: 0.1 });
    await harness.goLive();
    await harness.live(120);
    await harness.flow();
    const times = [...harness.deliveries().values()];
    const parked = (await harness.parked()).length;
    expect(times.filter((count) => count > 1)).toEqual([]);
    // What met failure after failure for a minute is parked: a few at most.
    expect(times.filter((count) => count === 0)).toHaveLength(parked);
    expect(parked).toBeLessThan(times.length / 4);
    expect(harness.bridge.stats).toMatchObject({ parked, lost: 0 });
  });

  it('is parked with its frame when the bus refuses it for good', async () => {
    const harness = await startBridge();
    const fault = harness.server.controls.failEntries({ code: 'NotAuthorizedForSourceException' });
    await harness.goLive();
    await harness.live(50);
    await harness.flow();
    fault.clear();
    const details = (await harness.parked()).flatMap(({ item }) =>
      item.kind === 'event' ? item.detail : [],
    );
    for (const { text } of harness.mock.record) {
      expect(details.filter((detail) => detail.startsWith(text.slice(0, -1)))).toHaveLength(1);
    }
  });

  it('is on the bus as long as it reached the listener, though connections end in every way', async () => {
    const harness = await startBridge();
    const { mock, bridge, elapseUntil, metrics, settle } = harness;
    await harness.goLive();
    const ends = [
      () => mock.controls.drop(),
      () => mock.controls.close(1011),
      () => mock.controls.announceClosing(),
      () => mock.controls.channels().map(({ id }) => mock.controls.evict(id)),
      () => mock.controls.endTokens('revoked'),
      () => mock.controls.send('x'.repeat(16 * 1024 * 1024 + 1)),
    ];
    for (const end of ends) {
      await harness.live(20);
      await harness.flow();
      const before = metrics.total('ConnectionsEnded');
      end();
      await elapseUntil(
        () => metrics.total('ConnectionsEnded') > before && bridge.sessionState === 'live',
        100,
      );
      await settle();
    }
    await harness.live(20);
    await harness.flow();
    expectEachOnce(harness);
  });
});

describe('events about the connection', () => {
  it('tell when it goes live, why it ends, and that it stopped', async () => {
    const harness = await startBridge();
    await harness.goLive();
    harness.mock.controls.drop();
    await harness.elapseUntil(() => harness.metrics.total('ConnectionsOpened') === 2, 100);
    await harness.stop();
    const connections = harness.server.events.flatMap((event) => {
      const parsed = eventSchemas['Bridge Connection Changed'].safeParse(event);
      return parsed.success ? [parsed.data.detail.connection] : [];
    });
    expect(connections).toEqual([
      { state: 'live', previousState: 'subscribing' },
      { state: 'closing', previousState: 'live', reason: 'socket-closed' },
      { state: 'live', previousState: 'subscribing' },
      { state: 'closing', previousState: 'live', reason: 'stop-requested' },
      { state: 'stopped', previousState: 'closing', reason: 'stop-requested' },
    ]);
  });
});
