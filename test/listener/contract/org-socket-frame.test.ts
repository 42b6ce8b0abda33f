import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAssembler } from '../../../listener/contract/assemble.ts';
import { eventSchemas } from '../../../listener/contract/event.ts';
import type { NotificationFrame } from '../../../listener/contract/frame.ts';
import { parseOrgSocketFrame } from '../../../listener/contract/org-socket-frame.ts';
import { sampleFrames } from '../../../listener/contract/sample-frames.ts';
import { frameOf, notification, onCall, QUEUE_TOPIC, receipt } from './fixtures.ts';

const UPDATED = 'conversation:conversation:updated';

function event(text: string): NotificationFrame {
  const frame = parseOrgSocketFrame(text);
  if (frame.kind !== 'notification') throw new Error(`Not a notification: ${JSON.stringify(frame)}`);
  return frame;
}

/** The raw text of `detail.conversation`. */
function conversationIn(detail: string): string {
  return detail.slice(detail.indexOf(',"conversation":'), detail.indexOf(',"bridge":'));
}

describe('parseOrgSocketFrame', () => {
  it('puts an event into the envelope of the Notifications API, its data untouched', () => {
    const data = '{"id" : "c1", "n": 1.0, "name":"\\u00e9"}';
    const frame = event(`{ "type":"event","event_type":"${UPDATED}", "id":"ws-sub-001", "data": ${data} }`);
    expect(frame.text).toBe(
      `{"topicName":"v2.conversations","version":"2","eventBody":${data},` +
        `"metadata":{"type":"event","event_type":"${UPDATED}","id":"ws-sub-001"}}`,
    );
    expect(frame).toMatchObject({ topicName: 'v2.conversations', bodyText: data, rewrite: undefined });
    expect(frame.eventBody).toEqual({ id: 'c1', n: 1, name: 'é' });
  });

  it('passes on members that nobody knows, in metadata, where they can not be taken for the bridge’s', () => {
    const frame = event(
      `{"type":"event","event_type":"${UPDATED}","data":{},"bridge":{"dialect":"x"},"topicName":"v2.x","a\\"b":[1.50]}`,
    );
    expect(frame.text).toContain('"bridge":{"dialect":"x"},"topicName":"v2.x","a\\"b":[1.50]}}');
    const { detail } = new EventAssembler().assemble(frame, receipt());
    expect(JSON.parse(detail)).toMatchObject({
      topicName: 'v2.conversations',
      metadata: { bridge: { dialect: 'x' }, 'a"b': [1.5] },
      bridge: { dialect: 'channels', topics: receipt().topics },
    });
  });

  it('takes the last of two members alike, as JSON.parse does', () => {
    const frame = event(`{"event_type":"${UPDATED}","data":{"id":"a"},"id":"1","id":"2","data":{"id":"b"}}`);
    expect(frame.bodyText).toBe('{"id":"b"}');
    expect(frame.eventBody).toEqual({ id: 'b' });
    expect(JSON.parse(frame.text).metadata).toEqual({ event_type: UPDATED, id: '2' });
  });

  it('keeps the name of an event type that it does not know as the topic', () => {
    const frame = event('{"type":"event","event_type":"routing:queue:updated","data":{"id":"q1"}}');
    expect(frame.topicName).toBe('routing:queue:updated');
    const { detailType, shape } = new EventAssembler().assemble(frame, receipt());
    expect({ detailType, shape }).toEqual({ detailType: 'Notification Received', shape: 'none' });
  });

  it('reads an event however its names are written, and one without data', () => {
    for (const start of ['"type":"EVENT","event_type"', '"eventType"', '"type":"event","eventType"'])
      expect(event(`{${start}:"Conversation:Conversation:Updated","data":{}}`).topicName).toBe(
        'v2.conversations',
      );
    const bare = event(`{"type":"event","event_type":"${UPDATED}"}`);
    expect(bare.bodyText).toBe('');
    expect(JSON.parse(bare.text)).not.toHaveProperty('eventBody');
  });

  it('takes messages of other types for untitled, even if they name an event type', () => {
    expect(parseOrgSocketFrame(`{"type":"error","event_type":"${UPDATED}"}`)).toMatchObject({
      kind: 'untitled',
      value: { type: 'error' },
    });
    expect(parseOrgSocketFrame('{"topicName":"v2.x","eventBody":{}}').kind).toBe('untitled');
  });

  it.each([
    ['{"type":"event"', 'MalformedFrame'],
    ['\uFEFF{"type":"event"}', 'MalformedFrame'],
    ['"event"', 'NotAnObject'],
    ['{"type":"event","data":{}}', 'MalformedTopic'],
    ['{"type":"event","event_type":7}', 'MalformedTopic'],
    ['{"event_type":""}', 'MalformedTopic'],
    [`{"event_type":"${UPDATED}","data":{"__proto__":{"polluted":1}}}`, 'ForbiddenKey'],
    [`{"event_type":"${UPDATED}","__proto__":1,"data":{}}`, 'ForbiddenKey'],
  ])('refuses %s as %s', (text, code) => {
    expect(parseOrgSocketFrame(text)).toMatchObject({ kind: 'refused', code });
  });

  it('makes a valid envelope of any event, with every member in it', () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    const key = fc
      .string()
      .filter((name) => !/__proto__|constructor|^(type|event_?[tT]ype|data)$/.test(name));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, json)), json, (others, data) => {
        const members = others.map(([name, value]) => `${JSON.stringify(name)}:${value}`);
        const text = `{${[`"event_type":"${UPDATED}"`, ...members, `"data":${data}`].join(' ,\t')}}`;
        const frame = parseOrgSocketFrame(text);
        // A nested key that could poison a prototype refuses the frame.
        fc.pre(frame.kind === 'notification');
        if (frame.kind !== 'notification') return;
        const { data: _data, ...metadata } = JSON.parse(text);
        expect(JSON.parse(frame.text)).toEqual({
          topicName: 'v2.conversations',
          version: '2',
          eventBody: JSON.parse(data),
          metadata,
        });
        expect(frame.bodyText).toBe(data);
      }),
    );
  });
});

describe('an event of the org socket', () => {
  const bodies = sampleFrames()
    .map(({ text }) => notification(text))
    .filter(({ topicName }) => topicName.endsWith('.conversations'))
    .map(({ bodyText }) => bodyText);

  it('has the same conversation block and identity as the same body by a channel, byte for byte', () => {
    const [channels, orgSocket] = [new EventAssembler(), new EventAssembler()];
    expect(bodies.length).toBeGreaterThan(8);
    for (const body of bodies) {
      const byChannel = channels.assemble(
        notification(`{"topicName":"${QUEUE_TOPIC}","version":"2","eventBody":${body},"metadata":{}}`),
        receipt(),
      );
      const bySocket = orgSocket.assemble(
        event(`{"type":"event","event_type":"${UPDATED}","id":"ws-sub-001","data":${body}}`),
        { ...receipt(), dialect: 'org-socket' },
      );
      expect(conversationIn(bySocket.detail)).toBe(conversationIn(byChannel.detail));
      expect(bySocket.eventId).toBe(byChannel.eventId);
      expect(bySocket.detailType).toBe(byChannel.detailType);
      expect(bySocket.detail).toContain(`"eventBody":${body}`);
    }
    expect(conversationIn(channels.assemble(frameOf(QUEUE_TOPIC, call()), receipt()).detail)).toContain(
      '"agentIds":["u1"]',
    );
  });

  it('keeps the contract, with the members that code written for channels reads', () => {
    const frame = event(`{"type":"event","event_type":"${UPDATED}","data":${JSON.stringify(call())}}`);
    const { detail } = new EventAssembler().assemble(frame, { ...receipt(), dialect: 'org-socket' });
    const parsed = eventSchemas['Conversation Updated'].shape.detail.parse(JSON.parse(detail));
    expect(parsed).toMatchObject({ version: '2', eventBody: call(), bridge: { dialect: 'org-socket' } });
    expect(parsed.topicName.endsWith('.conversations')).toBe(true);
  });
});

function call() {
  return {
    id: 'c1',
    participants: [onCall('a', 'agent', 'connected', {}, { queueId: 'q1', userId: 'u1' })],
  };
}
