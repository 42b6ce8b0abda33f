import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import type { MockGenesysOptions } from '../../../mock/genesys/server.ts';
import { ManualClock } from '../../manual-clock.ts';
import { startMock, TestSocket } from './harness.ts';

const Frame = z.object({
  topicName: z.string(),
  version: z.literal('2'),
  eventBody: z.looseObject({}),
  metadata: z.object({ CorrelationId: z.uuid() }),
});

/** A mock with a socket that is subscribed to the topics of one kind for all queues and users. */
async function listen(
  topics: (ids: { queues: string[]; users: string[] }) => string[],
  options: Partial<MockGenesysOptions> = {},
) {
  const started = await startMock(options);
  const { contactCentre } = started;
  const channel = await started.createChannel();
  await started.subscribe(
    channel.id,
    topics({
      queues: contactCentre.queues.map(({ id }) => id),
      users: contactCentre.agents.map(({ id }) => id),
    }),
  );
  const socket = await TestSocket.open(channel.connectUri);
  const play = async (updates: number) => {
    for (let update = 0; update < updates; update += 1) contactCentre.step();
    return await socket.untilPong();
  };
  return { ...started, channel, socket, play };
}

const wholeQueues = ({ queues }: { queues: string[] }) =>
  queues.map((id) => `v2.routing.queues.${id}.conversations`);

describe('notifications', () => {
  it('are one line of JSON each, in the envelope of Genesys Cloud', async () => {
    const { play } = await listen(wholeQueues);
    const frames = await play(50);
    expect(frames.length).toBeGreaterThan(20);
    for (const text of frames) {
      const frame = Frame.parse(JSON.parse(text));
      expect(text.startsWith(`{"topicName":"${frame.topicName}","version":"2","eventBody":{"id":"`)).toBe(
        true,
      );
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    }
  });

  it('are recorded as they were written, in order', async () => {
    const { mock, channel, play } = await listen(wholeQueues);
    const frames = await play(50);
    const entries = [...mock.record];
    expect(entries.map(({ text }) => text)).toEqual(frames);
    expect(mock.record.written).toBe(frames.length);
    for (const entry of entries) {
      const { topicName, eventBody } = Frame.parse(JSON.parse(entry.text));
      expect(entry).toMatchObject({ channelId: channel.id, topicName, conversationId: eventBody['id'] });
    }
    mock.record.clear();
    expect([...mock.record, mock.record.size, mock.record.written]).toEqual([0, frames.length]);
  });

  it('are recorded up to a limit, the newest', async () => {
    const { mock, play } = await listen(wholeQueues, { recordLimit: 7 });
    const frames = await play(60);
    expect([...mock.record].map(({ text }) => text)).toEqual(frames.slice(-7));
    expect([mock.record.size, mock.record.written]).toEqual([7, frames.length]);
  });

  it('of one change carry one change number, body and correlation id on all topics', async () => {
    const { mock, play } = await listen(({ queues, users }) => [
      ...wholeQueues({ queues }),
      ...users.map((id) => `v2.users.${id}.conversations`),
    ]);
    await play(100);
    const byChange = new Map<number, string[]>();
    for (const { change, topicName, text } of mock.record) {
      byChange.set(change, [...(byChange.get(change) ?? []), text.replace(topicName, '')]);
    }
    expect([...byChange.values()].some((texts) => texts.length > 1)).toBe(true);
    for (const texts of byChange.values()) expect(new Set(texts).size).toBe(1);
  });

  it('of a combined topic come under the full names', async () => {
    const { play } = await listen(({ users }) => users.map((id) => `v2.users.${id}?routingStatus&activity`));
    const names = (await play(100)).map((text) => Frame.parse(JSON.parse(text)).topicName.split('.').at(-1));
    expect(new Set(names)).toEqual(new Set(['routingStatus', 'activity']));
  });

  it('come once, though a topic is subscribed to by itself and in a combined one', async () => {
    const { mock, channel, socket, subscribe, contactCentre, play } = await listen(({ users }) =>
      users.map((id) => `v2.users.${id}.activity`),
    );
    await subscribe(
      channel.id,
      contactCentre.agents.map(({ id }) => `v2.users.${id}?activity&station`),
    );
    await play(100);
    const keys = [...mock.record].map(({ change, topicName }) => `${change} ${topicName}`);
    expect(keys.length).toBeGreaterThan(5);
    expect(new Set(keys).size).toBe(keys.length);
    const combined = contactCentre.agents.map(({ id }) => `v2.users.${id}?activity&station`);
    socket.send({ message: 'unsubscribe', topics: combined });
    expect(await socket.next()).toMatchObject({ status: 'unsubscribed' });
    expect((await play(100)).length).toBeGreaterThan(5);
  });

  it('go to every channel that is subscribed, and stop when it no longer is', async () => {
    const { mock, channel, createChannel, subscribe, api, contactCentre, play } = await listen(wholeQueues);
    const second = await createChannel();
    await subscribe(second.id, wholeQueues({ queues: contactCentre.queues.map(({ id }) => id) }));
    const other = await TestSocket.open(second.connectUri);
    const frames = await play(30);
    expect(await other.untilPong()).toEqual(frames);
    await api('DELETE', `/api/v2/notifications/channels/${channel.id}/subscriptions`);
    mock.record.clear();
    expect(await play(30)).toEqual([]);
    expect((await other.untilPong()).length).toBeGreaterThan(0);
    expect(new Set([...mock.record].map(({ channelId }) => channelId))).toEqual(new Set([second.id]));
  });

  it('are lost, and not recorded, while no socket is open or it is stalled', async () => {
    const { mock, socket, contactCentre, play } = await listen(wholeQueues);
    mock.controls.stall({ heartbeats: false, data: true });
    for (let update = 0; update < 30; update += 1) contactCentre.step();
    expect(mock.record.written).toBe(0);
    mock.controls.resume();
    expect((await play(30)).length).toBe(mock.record.written);
    const { written } = mock.record;
    mock.controls.drop();
    await socket.closed;
    for (let update = 0; update < 30; update += 1) contactCentre.step();
    expect(mock.record.written).toBe(written);
  });

  it('reach a queue that a conversation has left, or not, by a switch', async () => {
    const run = async (afterTakingPart: 'sent' | 'not-sent') => {
      const contactCentre = new ContactCentre({ seed: 4, clock: new ManualClock(), queues: 3, agents: 4 });
      const { mock, play } = await listen(wholeQueues, { contactCentre, switches: { afterTakingPart } });
      await play(300);
      return mock.record.written;
    };
    expect(await run('sent')).toBeGreaterThan(await run('not-sent'));
  });

  it.each([
    ['per-change', false],
    ['per-notification', true],
    ['one-for-all', false],
  ] as const)('have correlation ids %s by a switch', async (correlationIds, allDiffer) => {
    const { play } = await listen(
      ({ queues, users }) => [
        ...wholeQueues({ queues }),
        ...users.map((id) => `v2.users.${id}.conversations`),
      ],
      { switches: { correlationIds } },
    );
    const ids = (await play(100)).map((text) => Frame.parse(JSON.parse(text)).metadata.CorrelationId);
    expect(new Set(ids).size === ids.length).toBe(allDiffer);
    expect(new Set(ids).size === 1).toBe(correlationIds === 'one-for-all');
  });

  it('stop with the mock, which leaves its port and the contact centre free', async () => {
    const { mock, socket, clock, contactCentre } = await listen(wholeQueues);
    mock.controls.announceClosing();
    await mock.close();
    expect((await socket.closed).code).toBe(1006);
    expect(clock.pending).toBe(0);
    contactCentre.step();
    const port = Number(new URL(mock.url).port);
    const again = await startMock({ contactCentre, port });
    expect(again.mock.url).toBe(mock.url);
  });
});
