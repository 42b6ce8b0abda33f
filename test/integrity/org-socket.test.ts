import { describe, expect, it } from 'vitest';
import { eventSchemas } from '../../listener/contract/event.ts';
import { ORG_SOCKET_CLIENT } from '../../mock/genesys/server.ts';
import { orgSocketSettings } from '../listener/genesys/organisation.ts';
import { type BridgeHarness, type BridgeHarnessOptions, startBridge } from './harness.ts';

const OVER_ORG_SOCKET: BridgeHarnessOptions = {
  mock: { clients: [ORG_SOCKET_CLIENT] },
  dialect: ({ mock }) => ({ name: 'org-socket', ...orgSocketSettings(mock) }),
};

const TOPIC = 'v2.routing.queues.4750048b-1994-41d4-8410-a5760c49a6cd.conversations';

/** The bodies that the mock has put on the socket, in order. */
function written({ mock }: BridgeHarness): string[] {
  return [...mock.record].map(({ text }) => text.slice(text.indexOf('"data":') + 7, -1));
}

/** The bodies on the bus, in the order of the events' sequence, with the events. */
function onBus({ server }: BridgeHarness) {
  const schema = eventSchemas['Conversation Updated'].shape.detail;
  return server.events
    .filter((event) => event['detail-type'] === 'Conversation Updated')
    .map(({ detail, detailText }) => ({ detail: schema.parse(detail), text: detailText }))
    .sort((a, b) => (a.detail.bridge.sequence < b.detail.bridge.sequence ? -1 : 1));
}

describe('every update that the org socket brings', () => {
  it('is on the bus once, byte for byte, in the form that channels give', async () => {
    const harness = await startBridge(OVER_ORG_SOCKET);
    await harness.goLive();
    await harness.live(300);
    await harness.flow();
    const bodies = written(harness);
    const events = onBus(harness);
    expect(bodies.length).toBeGreaterThan(200);
    expect(events).toHaveLength(bodies.length);
    events.forEach(({ detail, text }, n) => {
      expect(text).toContain(
        `{"topicName":"v2.conversations","version":"2","eventBody":${bodies[n]},"metadata":`,
      );
      expect(detail.bridge).toMatchObject({ dialect: 'org-socket', topics: ['v2.conversations'] });
    });
    expect(await harness.stop()).toMatchObject({ parked: 0, lost: 0 });
  });

  it('is on the bus though the connection was cut in between', async () => {
    const harness = await startBridge(OVER_ORG_SOCKET);
    await harness.goLive();
    await harness.live(50);
    await harness.settle();
    harness.mock.controls.drop();
    await harness.elapseUntil(
      () => harness.server.events.filter(isLive).length === 2 && harness.bridge.sessionState === 'live',
    );
    await harness.live(50);
    await harness.flow();
    expect(onBus(harness)).toHaveLength(written(harness).length);
  });
});

describe('the conversation block', () => {
  it('is the same by both dialects, byte for byte, for the same bodies in the same order', async () => {
    const byOrgSocket = await startBridge(OVER_ORG_SOCKET);
    await byOrgSocket.goLive();
    await byOrgSocket.live(200);
    await byOrgSocket.flow();

    const byChannel = await startBridge();
    await byChannel.goLive();
    for (const body of written(byOrgSocket)) {
      byChannel.mock.controls.send(
        `{"topicName":"${TOPIC}","version":"2","eventBody":${body},"metadata":{}}`,
      );
    }
    await byChannel.flow();

    const blocks = (harness: BridgeHarness) =>
      onBus(harness).map(({ detail, text }) => ({
        eventId: detail.bridge.eventId,
        block: text.slice(text.indexOf(',"conversation":'), text.indexOf(',"bridge":{"contractVersion"')),
      }));
    expect(blocks(byOrgSocket).length).toBeGreaterThan(150);
    expect(blocks(byOrgSocket)).toEqual(blocks(byChannel));
  });
});

function isLive({ detail }: { readonly detail: Readonly<Record<string, unknown>> }): boolean {
  const { connection } = detail;
  return typeof connection === 'object' && connection !== null && Reflect.get(connection, 'state') === 'live';
}
