import { describe, expect, it } from 'vitest';
import { type BridgeHarness, startBridge } from './harness.ts';

const TOPIC = 'v2.routing.queues.6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01.conversations';
const CONVERSATION = '0b7a3c55-3df3-4c55-8e5e-6d0c3b2a1f10';
const MEGABYTE = 1_000_000;

const snapshot = (note: string) =>
  `{"topicName":"${TOPIC}","version":"2","eventBody":{"id":"${CONVERSATION}","participants":[{"id":"p","purpose":"customer","calls":[{"state":"connected"}],"note":"${note}"}]}}`;

/** Sends a frame between two good ones, and waits until all is settled. */
async function sendBetweenGoodOnes(frame: string | Uint8Array): Promise<BridgeHarness> {
  const harness = await startBridge();
  await harness.goLive();
  const { controls } = harness.mock;
  controls.send(snapshot('before'));
  controls.send(frame);
  controls.send(snapshot('after'));
  await harness.elapseUntil(() => harness.server.events.length >= 3, 50);
  await harness.flow();
  return harness;
}

/** The good frames are on the bus and the connection was never lost. */
function expectUnharmed({ server, bridge, metrics }: BridgeHarness): void {
  const details = server.events.map(({ detailText }) => detailText);
  for (const note of ['before', 'after']) {
    expect(details.filter((text) => text.startsWith(snapshot(note).slice(0, -1)))).toHaveLength(1);
  }
  expect(bridge.sessionState).toBe('live');
  expect(metrics.total('ConnectionsEnded')).toBe(0);
  expect(metrics.total('EventsLost')).toBe(0);
}

describe('a frame that nothing can be made of', () => {
  it.each([
    { name: 'malformed JSON', frame: '{"topicName":', code: 'MalformedFrame' },
    { name: 'empty', frame: '', code: 'MalformedFrame' },
    { name: 'no object', frame: '[1,2]', code: 'NotAnObject' },
    { name: 'null', frame: 'null', code: 'NotAnObject' },
    { name: 'a topic that is no name', frame: '{"topicName":7,"eventBody":{}}', code: 'MalformedTopic' },
    { name: 'neither topic nor result', frame: '{"hello":"world"}', code: 'UnknownMessage' },
    { name: 'a refused subscribe', frame: '{"result":"400","status":"error"}', code: 'SubscriptionFailure' },
    {
      name: 'a __proto__ key',
      frame: `{"topicName":"${TOPIC}","eventBody":{"id":"x","__proto__":{"admin":true}}}`,
      code: 'ForbiddenKey',
    },
    {
      name: 'a __proto__ key, escaped and nested',
      frame: `{"topicName":"${TOPIC}","eventBody":{"a":[{"\\u005f_proto__":{}}]}}`,
      code: 'ForbiddenKey',
    },
    {
      name: 'a constructor with a prototype',
      frame: `{"topicName":"${TOPIC}","eventBody":{"constructor":{"prototype":{}}}}`,
      code: 'ForbiddenKey',
    },
  ])('($name) is parked as it came, counted and logged', async ({ frame, code }) => {
    const harness = await sendBetweenGoodOnes(frame);
    expectUnharmed(harness);
    expect(await harness.parked()).toMatchObject([
      { reason: { code }, item: { kind: 'frame', encoding: 'utf8', body: frame } },
    ]);
    expect(harness.metrics.total('FramesRefused')).toBe(1);
    expect(harness.bridge.stats).toMatchObject({ parked: 1, lost: 0 });
    expect(harness.lines.filter(({ msg }) => msg.includes('refused'))).toHaveLength(1);
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  it('(binary) is parked byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const harness = await sendBetweenGoodOnes(bytes);
    expectUnharmed(harness);
    expect(await harness.parked()).toMatchObject([
      {
        reason: { code: 'BinaryFrame' },
        item: { kind: 'frame', encoding: 'base64', body: Buffer.from(bytes).toString('base64') },
      },
    ]);
  });
});

describe('a body of unknown shape', () => {
  it.each([
    '{"id":7}',
    '{"some":"thing"}',
    '{"id":"0b7a3c55","participants":"none"}',
    'null',
    '"text"',
    '[{"id":"x"}]',
  ])('(%s) is passed on raw, without a conversation, and counted', async (body) => {
    const frame = `{"topicName":"${TOPIC}","version":"2","eventBody":${body}}`;
    const harness = await sendBetweenGoodOnes(frame);
    expectUnharmed(harness);
    const [event] = harness.server.events.filter(({ detailText }) =>
      detailText.startsWith(frame.slice(0, -1)),
    );
    expect(event?.['detail-type']).toBe('Notification Received');
    expect(event?.detail).not.toHaveProperty('conversation');
    expect(harness.metrics.total('BodiesUnknown')).toBe(1);
    expect(harness.bridge.stats.parked).toBe(0);
  });
});

describe('a frame that is too large', () => {
  it('for the bus (over 1 MB) is parked whole, with its reason', async () => {
    const frame = snapshot('x'.repeat(MEGABYTE));
    const harness = await sendBetweenGoodOnes(frame);
    expectUnharmed(harness);
    const [parked, ...more] = await harness.parked();
    expect(more).toEqual([]);
    expect(parked?.reason.code).toBe('EntryTooLarge');
    expect(parked?.item.kind === 'event' && parked.item.detail.startsWith(frame.slice(0, -1))).toBe(true);
    expect(harness.bridge.stats).toMatchObject({ parked: 1, lost: 0 });
  });

  it('for the socket (over 16 MiB) costs the connection and itself, is counted as lost, and nothing else is', async () => {
    const harness = await startBridge();
    await harness.goLive();
    const { controls } = harness.mock;
    controls.send(snapshot('before'));
    controls.send(snapshot('x'.repeat(16 * 1024 * 1024)));
    await harness.elapseUntil(() => harness.metrics.total('ConnectionsOpened') === 2, 100);
    controls.send(snapshot('after'));
    await harness.settle();
    await harness.flow();
    const details = harness.server.events.map(({ detailText }) => detailText);
    for (const note of ['before', 'after']) {
      expect(details.filter((text) => text.startsWith(snapshot(note).slice(0, -1)))).toHaveLength(1);
    }
    expect(harness.metrics.total('EventsLost')).toBe(1);
    expect(harness.lines.filter(({ reason }) => reason === 'frame-over-limit')).not.toEqual([]);
  });
});

describe('names that are the bridge’s own', () => {
  it('in a frame do not pass as the bridge’s', async () => {
    const forged = `{"topicName":"${TOPIC}","conversation":{"state":"ended"},"bridge":{"eventId":"forged"},"timestamp":"never","eventBody":{"id":"${CONVERSATION}","participants":[]}}`;
    const harness = await sendBetweenGoodOnes(forged);
    expectUnharmed(harness);
    const [event] = harness.server.events.filter(({ detailText }) => detailText.includes('forged'));
    expect(event?.detail['bridge']).not.toMatchObject({ eventId: 'forged' });
    expect(event?.detail['bridge']).toMatchObject({ displaced: { timestamp: 'never' } });
    expect(event?.detail['timestamp']).not.toBe('never');
    expect(event?.detail['conversation']).toMatchObject({ id: CONVERSATION });
  });
});
