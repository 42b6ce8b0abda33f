import { describe, expect, it } from 'vitest';
import {
  ConversationTopics,
  entitiesOf,
  parseConversations,
} from '../../../../listener/genesys/org-socket/conversations.ts';
import { authMessage, subscribeMessage } from '../../../../listener/genesys/org-socket/requests.ts';

const A = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';
const B = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a02';

describe('the conversations that TOPICS asks for', () => {
  it.each([
    ['', []],
    [' , ', []],
    ['conversations:*', []],
    [`conversation:${A}`, [A]],
    [` conversation:${A} ,conversation:${B}, conversation:${A}`, [A, B]],
    [`conversation:${A},conversations:*`, []],
  ])('%j is %j', (text, ids) => {
    expect(parseConversations(text)).toEqual({ ids, problems: [] });
  });

  it('can be no queue, no user and no topic, which one line says', () => {
    const { problems } = parseConversations(
      `queues:*,conversation:${A},user:a@b.example,v2.users.x.presence`,
    );
    expect(problems).toEqual([
      "the org socket can't be asked for queues:*, user:a@b.example, v2.users.x.presence; use conversation:<id>, or conversations:* (the same as no TOPICS)",
    ]);
  });

  it('have to be ids', () => {
    expect(parseConversations('conversation:17').problems).toEqual([
      expect.stringContaining('"conversation:17"'),
    ]);
  });

  it.each([[[]], [[A]], [[A, B]]])('%j become topics for the session, and entities again', async (ids) => {
    const { topics, problems } = await new ConversationTopics(ids).resolve();
    expect(topics.length).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    expect(entitiesOf(topics)).toEqual(ids);
  });
});

describe('the messages', () => {
  it('are as the protocol has them', () => {
    expect(authMessage('a.b.c')).toBe('{"type":"auth","data":{"token":"a.b.c"}}');
    expect(subscribeMessage({ eventTypes: ['conversation:conversation:updated'], entities: [] })).toBe(
      '{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}',
    );
  });
});
