import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BridgeHarness, startBridge } from './harness.ts';

const Detail = z.object({
  metadata: z.object({ CorrelationId: z.string() }),
  conversation: z.object({ id: z.string(), version: z.number() }),
  bridge: z.object({ sequence: z.string(), eventId: z.string() }),
});

/** For each conversation, the changes as the mock wrote them, and as the bus got them. */
function bothOrders({ mock, server }: BridgeHarness) {
  const conversations = new Map<string, { written: string[]; taken: z.infer<typeof Detail>[] }>();
  const of = (id: string) => {
    const orders = conversations.get(id) ?? { written: [], taken: [] };
    conversations.set(id, orders);
    return orders;
  };
  for (const { conversationId, text } of mock.record) {
    if (conversationId === undefined) continue;
    const { metadata } = Detail.pick({ metadata: true }).parse(JSON.parse(text));
    const { written } = of(conversationId);
    if (!written.includes(metadata.CorrelationId)) written.push(metadata.CorrelationId);
  }
  for (const { detail } of server.events) {
    const parsed = Detail.safeParse(detail);
    if (parsed.success) of(parsed.data.conversation.id).taken.push(parsed.data);
  }
  return [...conversations.values()];
}

const correlations = (details: readonly z.infer<typeof Detail>[]) =>
  details.map(({ metadata }) => metadata.CorrelationId);

describe('within a conversation', () => {
  it('the bus gets the changes in the order of the socket, though entries and calls fail', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => ['queues:*', ...centre.agents.map(({ email }) => `user:${email}`)],
    });
    harness.server.controls.failEntries({ code: 'ThrottlingException', probability: 0.1 });
    harness.server.controls.failCalls({ code: 'InternalFailure', status: 500, probability: 0.05 });
    await harness.goLive();
    await harness.live(150);
    await harness.flow();
    const orders = bothOrders(harness);
    expect(orders.length).toBeGreaterThan(3);
    for (const { written, taken } of orders) expect(correlations(taken)).toEqual(written);
  });

  it('bridge.sequence gives the order back, and versions count from 1 without gaps', async () => {
    const harness = await startBridge();
    await harness.goLive();
    await harness.live(100);
    await harness.flow();
    for (const { written, taken } of bothOrders(harness)) {
      const shuffled = taken.toSorted((a, b) => (a.bridge.eventId < b.bridge.eventId ? -1 : 1));
      const sorted = shuffled.toSorted((a, b) => (a.bridge.sequence < b.bridge.sequence ? -1 : 1));
      expect(correlations(sorted)).toEqual(written);
      expect(sorted.map(({ conversation }) => conversation.version)).toEqual(written.map((_, n) => n + 1));
    }
  });

  it('a sequence is never used twice, and each event has an identity of its own', async () => {
    const harness = await startBridge();
    await harness.goLive();
    await harness.live(100);
    await harness.stop();
    const bridges = harness.server.events.map(({ detail }) =>
      z.object({ bridge: Detail.shape.bridge }).parse(detail),
    );
    expect(new Set(bridges.map(({ bridge }) => bridge.sequence)).size).toBe(bridges.length);
    expect(new Set(bridges.map(({ bridge }) => bridge.eventId)).size).toBe(bridges.length);
  });
});
