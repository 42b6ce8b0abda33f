import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAssembler } from '../../../listener/contract/assemble.ts';
import { type BridgeEvent, eventSchemas } from '../../../listener/contract/event.ts';
import { parseFrame } from '../../../listener/contract/frame.ts';
import { sampleEvents } from '../../../listener/contract/sample.ts';
import { CHANGES, CONVERSATION_STATES, DETAIL_TYPES } from '../../../listener/contract/vocabulary.ts';
import { known, QUEUE_TOPIC, receipt } from './fixtures.ts';
import { membersJson, objectText } from './json-text.ts';

const sample = (name: string): BridgeEvent => known(sampleEvents().find((each) => each.name === name)).event;

describe('the event schemas', () => {
  it('read events with members and values that are not known yet', () => {
    const event = JSON.parse(JSON.stringify(sample('call connected')));
    event.detail.conversation.state = 'daydreaming';
    event.detail.conversation.changes = ['agent.sang'];
    event.detail.conversation.mediaTypes = ['telepathy'];
    event.detail.conversation.participants[0].mood = 'good';
    event.detail.bridge.dialect = 'pigeon';
    event.detail.later = { a: 1 };
    event['trace-header'] = 'x';
    expect(eventSchemas['Conversation Updated'].parse(event)).toEqual(event);
  });

  it('do not read another contract version, source or detail-type', () => {
    const schema = eventSchemas['Conversation Updated'];
    const event = JSON.parse(JSON.stringify(sample('call connected')));
    expect(schema.safeParse({ ...event, source: 'other' }).success).toBe(false);
    expect(schema.safeParse({ ...event, 'detail-type': 'Notification Received' }).success).toBe(false);
    const bridge = { ...event.detail.bridge, contractVersion: '2' };
    expect(schema.safeParse({ ...event, detail: { ...event.detail, bridge } }).success).toBe(false);
  });

  it('hold for every event that is assembled, whatever the frame', () => {
    const assembler = new EventAssembler();
    const topics = [
      QUEUE_TOPIC,
      `${QUEUE_TOPIC}.calls`,
      'v2.detail.events.conversation.c1.acw',
      'v2.users.u1.activity',
    ];
    fc.assert(
      fc.property(membersJson, fc.constantFrom(...topics), (members, topic) => {
        const frame = parseFrame(objectText([...members, ['"topicName"', JSON.stringify(topic)]], ''));
        fc.pre(frame.kind === 'notification');
        if (frame.kind !== 'notification') return;
        const event = assembler.assemble(frame, receipt());
        const detailType = known(Object.values(DETAIL_TYPES).find((each) => each === event.detailType));
        const { detail } = eventSchemas[detailType].shape;
        expect(detail.safeParse(JSON.parse(event.detail)).error).toBeUndefined();
      }),
    );
  });
});

describe('the sample events', () => {
  const events = sampleEvents().map(({ event }) => event);

  it('are the same each time, each with a name and an identity of its own', () => {
    expect(sampleEvents()).toEqual(sampleEvents());
    expect(new Set(sampleEvents().map(({ name }) => name)).size).toBe(events.length);
    expect(new Set(events.map(({ detail }) => detail.bridge.eventId)).size).toBe(events.length);
  });

  it('show every detail-type and every state but dialing', () => {
    expect(new Set(events.map((event) => event['detail-type']))).toEqual(
      new Set(Object.values(DETAIL_TYPES)),
    );
    const states = new Set(
      events.flatMap((event) =>
        event['detail-type'] === 'Conversation Updated' ? (event.detail.conversation.state ?? []) : [],
      ),
    );
    expect(states).toEqual(new Set(Object.keys(CONVERSATION_STATES).filter((state) => state !== 'dialing')));
  });

  it('use only words of the vocabulary', () => {
    for (const event of events) {
      if (event['detail-type'] !== 'Conversation Updated') continue;
      for (const change of event.detail.conversation.changes) expect(Object.keys(CHANGES)).toContain(change);
    }
  });

  it('come in the order of their sequences', () => {
    const sequences = events.map(({ detail }) => detail.bridge.sequence);
    expect(sequences.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(sequences);
  });
});
