import { describe, expect, it } from 'vitest';
import { EventAssembler } from '../../../listener/contract/assemble.ts';
import { assembleConnectionChanged } from '../../../listener/contract/connection-event.ts';
import { bodyDigest, eventId } from '../../../listener/contract/identity.ts';
import { frameOf, known, notification, onCall, QUEUE_TOPIC, receipt } from './fixtures.ts';

const call = (muted: boolean) => ({
  id: 'c1',
  participants: [onCall('a', 'agent', 'connected', { muted }, { queueId: 'q1', userId: 'u1' })],
});

describe('EventAssembler', () => {
  it('makes a conversation update of a snapshot', () => {
    const event = new EventAssembler().assemble(frameOf(QUEUE_TOPIC, call(false)), receipt());
    expect(event).toMatchObject({
      orderingKey: 'c1',
      detailType: 'Conversation Updated',
      shape: 'A',
      summary: {
        conversationId: 'c1',
        mediaTypes: ['voice'],
        state: 'connected',
        queueIds: ['q1'],
        changes: ['unknown'],
      },
    });
    const detail = JSON.parse(event.detail);
    expect(detail).toMatchObject({
      topicName: QUEUE_TOPIC,
      version: '2',
      eventBody: call(false),
      timestamp: '2026-01-05T09:00:00.000Z',
      conversation: { id: 'c1', version: 1, state: 'connected', agentIds: ['u1'], changes: ['unknown'] },
    });
    expect(detail.bridge).toEqual({
      contractVersion: '1',
      eventId: event.eventId,
      sequence: '1767603600000-000000000001',
      shard: '0',
      dialect: 'channels',
      topics: ['v2.routing.queues.q1.conversations'],
      receivedAt: '2026-01-05T09:00:00.000Z',
      backfilled: false,
    });
  });

  it('gives mute, unmute, mute three identities', () => {
    const assembler = new EventAssembler();
    const events = [true, false, true].map((muted) =>
      assembler.assemble(frameOf(QUEUE_TOPIC, call(muted)), receipt()),
    );
    expect(new Set(events.map((event) => event.eventId)).size).toBe(3);
    expect(events.map((event) => event.summary.changes)).toEqual([
      ['unknown'],
      ['agent.unmuted'],
      ['agent.muted'],
    ]);
  });

  it('gives a replay from the same point the same identities, whatever its metadata', () => {
    const frames = [true, false].map((muted) => frameOf(QUEUE_TOPIC, call(muted)));
    const again = frames.map(({ text }) =>
      notification(text.replace('"metadata":{}', '"metadata":{"CorrelationId":"x"}')),
    );
    const idsOf = (list: typeof frames) => {
      const assembler = new EventAssembler();
      return list.map((frame) => assembler.assemble(frame, receipt()).eventId);
    };
    expect(idsOf(again)).toEqual(idsOf(frames));
  });

  it('takes a digest that was made before, instead of making it again', () => {
    const accepted = new EventAssembler().accept(frameOf(QUEUE_TOPIC, call(false)), {
      ...receipt(),
      digest: bodyDigest('made before'),
    });
    expect(accepted.eventId).toBe(eventId('c1', 1, bodyDigest('made before')));
  });

  it('names the topics that are known when the detail is rendered', () => {
    const assembler = new EventAssembler();
    const accepted = assembler.accept(frameOf(QUEUE_TOPIC, call(false)), receipt());
    const topics = [QUEUE_TOPIC, 'v2.users.u1.conversations'];
    expect(JSON.parse(assembler.render(accepted, topics)).bridge.topics).toEqual(topics);
    expect(JSON.parse(assembler.render(accepted, topics)).conversation.version).toBe(1);
  });

  it('keeps snapshots of the whole and of one medium apart', () => {
    const assembler = new EventAssembler();
    const flat = { id: 'c1', participants: [{ id: 'a', purpose: 'agent', state: 'connected', muted: true }] };
    assembler.assemble(frameOf(QUEUE_TOPIC, call(false)), receipt());
    const first = assembler.assemble(frameOf(`${QUEUE_TOPIC}.calls`, flat), receipt());
    expect(first).toMatchObject({
      shape: 'B',
      orderingKey: 'c1',
      summary: { changes: ['unknown'], mediaTypes: ['voice'] },
    });
    expect(assembler.assemble(frameOf(QUEUE_TOPIC, call(false)), receipt()).summary.changes).toEqual([]);
  });

  it('makes a conversation update of a detail event, with neither state nor revision', () => {
    const frame = frameOf('v2.detail.events.conversation.c1.acd.start', {
      conversationId: 'c1',
      queueId: 'q1',
    });
    const event = new EventAssembler().assemble(frame, receipt());
    expect(event).toMatchObject({ shape: 'C', orderingKey: 'c1', detailType: 'Conversation Updated' });
    expect(JSON.parse(event.detail).conversation).toEqual({
      id: 'c1',
      version: 1,
      mediaTypes: [],
      queueIds: ['q1'],
      agentIds: [],
      participants: [],
      changes: ['queue.entered'],
    });
  });

  it('passes a topic that is no conversation on as a notification', () => {
    const event = new EventAssembler().assemble(frameOf('v2.users.u1.activity', { id: 'u1' }), receipt());
    expect(event).toMatchObject({
      shape: 'none',
      orderingKey: 'v2.users.u1.activity',
      detailType: 'Notification Received',
    });
    expect(JSON.parse(event.detail)).not.toHaveProperty('conversation');
  });

  it.each([
    [QUEUE_TOPIC, { id: 'c1', people: [] }, 'c1'],
    [QUEUE_TOPIC, 'text', QUEUE_TOPIC],
    [QUEUE_TOPIC, undefined, QUEUE_TOPIC],
    ['v2.detail.events.conversation.c1.acd.start', { participantId: 7 }, 'c1'],
  ])(
    'passes a body of an unknown shape on raw, in the order of its conversation if that can be told',
    (topic, body, key) => {
      const event = new EventAssembler().assemble(frameOf(topic, body), receipt());
      expect(event).toMatchObject({
        shape: 'unknown',
        orderingKey: key,
        detailType: 'Notification Received',
      });
      const detail = JSON.parse(event.detail);
      expect(detail).not.toHaveProperty('conversation');
      expect(detail.eventBody).toEqual(body);
    },
  );

  it('gives two bodies of an unknown shape, though the same, two identities', () => {
    const assembler = new EventAssembler();
    const ids = [1, 2].map((n) => assembler.assemble(frameOf(QUEUE_TOPIC, { id: 'c1' }), receipt(n)).eventId);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('can take the topic with a literal {id} for the detail-type', () => {
    const assembler = new EventAssembler({ detailTypeMode: 'topic' });
    const detailTypeOf = (topic: string) =>
      assembler.assemble(frameOf(topic, { id: 'x' }), receipt()).detailType;
    expect(detailTypeOf(QUEUE_TOPIC)).toBe('v2.routing.queues.{id}.conversations');
    expect(detailTypeOf('v2.users.u1.activity')).toBe('v2.users.{id}.activity');
    expect(detailTypeOf(`v2.x.${'y'.repeat(130)}`)).toBe('Notification Received');
  });

  it('keeps the conversation block under 3 KB with eight participants', () => {
    const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
    const participants = Array.from({ length: 8 }, (_, n) =>
      onCall(
        id(n),
        'agent',
        'disconnected',
        { direction: 'inbound', disconnectType: 'transfer.consult' },
        { userId: id(n), queueId: id(1), startAcwTime: 'x' },
      ),
    );
    const { conversation } = new EventAssembler().accept(
      frameOf(QUEUE_TOPIC, { id: id(9), participants }),
      receipt(),
    );
    expect(Buffer.byteLength(conversation ?? '')).toBeLessThan(3 * 1024);
  });

  it('leaves ended participants out, the oldest first, when there are very many, and never a live one', () => {
    const participants = [
      onCall('first', 'customer', 'connected'),
      ...Array.from({ length: 1_000 }, (_, n) => onCall(`p${n}`, 'agent', 'disconnected')),
      onCall('last', 'agent', 'connected'),
    ];
    const event = new EventAssembler().assemble(frameOf(QUEUE_TOPIC, { id: 'c1', participants }), receipt());
    const { conversation, eventBody } = JSON.parse(event.detail);
    expect(conversation.participants).toHaveLength(50);
    expect(conversation.participantsOmitted).toBe(952);
    expect(conversation.participants[0].id).toBe('first');
    expect(conversation.participants[1].id).toBe('p952');
    expect(conversation.participants[49].id).toBe('last');
    expect(eventBody.participants).toHaveLength(1_002);
  });
});

describe('a conversation that was asked for', () => {
  const participants = [onCall('a', 'agent', 'connected', { held: false })];
  const asked = (body: object) => ({ text: JSON.stringify(body, null, 1), body });

  it('is passed on byte for byte, counted and compared as a notification is, and says that it was asked for', () => {
    const assembler = new EventAssembler();
    assembler.accept(
      frameOf(QUEUE_TOPIC, { id: 'c1', participants: [onCall('a', 'agent', 'alerting')] }),
      receipt(),
    );
    const conversation = asked({ id: 'c1', startTime: 'x', participants });
    const accepted = known(assembler.acceptBackfilled(conversation, QUEUE_TOPIC, receipt(2)));
    expect(accepted).toMatchObject({ orderingKey: 'c1', version: 2, backfilled: true, open: true });
    const text = assembler.render(accepted, [QUEUE_TOPIC]);
    expect(text).toContain(`"eventBody":${conversation.text},`);
    expect(JSON.parse(text)).toMatchObject({
      topicName: QUEUE_TOPIC,
      version: '2',
      metadata: {},
      conversation: { id: 'c1', version: 2, changes: ['agent.connected'] },
      bridge: { backfilled: true, topics: [QUEUE_TOPIC] },
    });
  });

  it('is nothing new when the last whole snapshot said the same, notified, asked for or restored', () => {
    const assembler = new EventAssembler();
    const conversation = asked({ id: 'c1', selfUri: 'x', participants });
    const { revision } = assembler.accept(frameOf(QUEUE_TOPIC, { id: 'c1', participants }), receipt());
    expect(assembler.acceptBackfilled(conversation, QUEUE_TOPIC, receipt())).toBeUndefined();
    const changed = asked({ id: 'c1', participants: [onCall('a', 'agent', 'disconnected')] });
    expect(assembler.acceptBackfilled(changed, QUEUE_TOPIC, receipt())).toMatchObject({ open: false });
    expect(assembler.acceptBackfilled(changed, QUEUE_TOPIC, receipt())).toBeUndefined();
    const successor = new EventAssembler();
    successor.restore([{ key: 'c1', version: 7, revision, open: true }]);
    expect(successor.acceptBackfilled(conversation, QUEUE_TOPIC, receipt())).toBeUndefined();
    expect(successor.acceptBackfilled(changed, QUEUE_TOPIC, receipt())).toMatchObject({ version: 8 });
  });

  it('is passed on raw when its shape is not known', () => {
    const accepted = new EventAssembler().acceptBackfilled(asked({ id: 'c1' }), QUEUE_TOPIC, receipt());
    expect(accepted).toMatchObject({ shape: 'unknown', orderingKey: 'c1', backfilled: true });
  });
});

describe('an accepted notification', () => {
  it('has what a successor needs to go on: version, digest, the last whole revision, and whether it is open', () => {
    const assembler = new EventAssembler();
    const body = { id: 'c1', participants: [onCall('a', 'agent', 'connected')] };
    const whole = assembler.accept(frameOf(QUEUE_TOPIC, body), receipt());
    expect(whole).toMatchObject({ version: 1, digest: bodyDigest(JSON.stringify(body)), open: true });
    expect(whole.revision).toBe(JSON.parse(whole.conversation ?? '').revision);
    const detail = assembler.accept(
      frameOf('v2.detail.events.conversation.c1.acd.start', { conversationId: 'c1', participantId: 'p' }),
      receipt(),
    );
    expect(detail).toMatchObject({ version: 2, revision: whole.revision, open: true });
    const other = assembler.accept(frameOf('v2.users.u1.activity', { id: 'u1' }), receipt());
    expect(other).toMatchObject({ revision: undefined, open: false, backfilled: false });
    expect(assembler.positionOf('c1')).toEqual({
      key: 'c1',
      version: 2,
      revision: whole.revision,
      open: true,
    });
    expect([...assembler.positions()].map(({ key }) => key)).toEqual(['v2.users.u1.activity', 'c1']);
    expect(assembler.wholeVersionOf('c1')).toBe(1);
    expect(assembler.openConversationIds()).toEqual(['c1']);
  });
});

describe('assembleConnectionChanged', () => {
  it('tells the new state and the one before, in an event of its own identity', () => {
    const change = { state: 'backing-off', previousState: 'live', reason: 'heartbeat-missed' } as const;
    const [first, second] = [1, 2].map((n) => assembleConnectionChanged(change, receipt(n)));
    expect(first?.detailType).toBe('Bridge Connection Changed');
    expect(JSON.parse(first?.detail ?? '')).toMatchObject({
      connection: change,
      bridge: { topics: [], shard: '0' },
    });
    expect(first?.eventId).not.toBe(second?.eventId);
    expect(first?.orderingKey).toBe(second?.orderingKey);
  });
});
