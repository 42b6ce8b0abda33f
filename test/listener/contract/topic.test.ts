import { describe, expect, it } from 'vitest';
import { classifyTopic, topicTemplate } from '../../../listener/contract/topic.ts';

describe('classifyTopic', () => {
  it.each([
    'v2.routing.queues.4750048b-1994-41d4-8410-a5760c49a6cd.conversations',
    'v2.users.AGENT_USER_ID.conversations',
    'V2.Users.x.Conversations',
    'v2.conversations',
  ])('takes %s for whole conversations', (topic) => {
    expect(classifyTopic(topic)).toEqual({ kind: 'conversation', shape: 'A' });
  });

  it.each([
    ['calls', 'voice'],
    ['callbacks', 'callback'],
    ['chats', 'chat'],
    ['emails', 'email'],
    ['messages', 'message'],
    ['internalmessages', 'internalmessage'],
    ['cobrowseSessions', 'cobrowse'],
    ['screenshares', 'screenshare'],
    ['screenmonitorings', 'screenmonitoring'],
    ['videos', 'video'],
    ['socialexpressions', 'social'],
  ])('takes …conversations.%s for the medium %s', (segment, mediaType) => {
    const expected = { kind: 'conversation', shape: 'B', mediaType };
    expect(classifyTopic(`v2.users.u1.conversations.${segment}`)).toEqual(expected);
    expect(classifyTopic(`v2.routing.queues.q1.conversations.${segment}`)).toEqual(expected);
  });

  it('takes a detail event for one, keeps the case of the id, and has the name in lower case', () => {
    expect(classifyTopic('v2.detail.events.conversation.ABC-1.ACD.start')).toEqual({
      kind: 'conversation',
      shape: 'C',
      conversationId: 'ABC-1',
      detailEvent: 'acd.start',
    });
  });

  it.each([
    'channel.metadata',
    'v2.users.u1.activity',
    'v2.users.u1.conversations.somethingnew',
    'v2.users.u1.conversations.calls.more',
    'v2.routing.queues.q1.users',
    'v2.conversations.c1.transcription',
    'v2.detail.events.conversation.c1',
    'v2.users.conversations',
    'v2.users..conversations',
    '',
  ])('takes "%s" for no conversation topic', (topic) => {
    expect(classifyTopic(topic)).toEqual({ kind: 'other' });
  });
});

describe('topicTemplate', () => {
  it.each([
    ['v2.detail.events.conversation.test-id.flow.outcome', 'v2.detail.events.conversation.{id}.flow.outcome'],
    ['v2.users.AGENT_USER_ID.conversations.calls', 'v2.users.{id}.conversations.calls'],
    ['v2.routing.queues.q1.conversations', 'v2.routing.queues.{id}.conversations'],
    ['v2.analytics.conversation.c1.metrics', 'v2.analytics.conversation.{id}.metrics'],
    ['v2.conversations.c1.transcription', 'v2.conversations.{id}.transcription'],
    ['v2.conversations.chats.c1.messages', 'v2.conversations.chats.{id}.messages'],
    ['v2.operations.events.o1', 'v2.operations.events.{id}'],
    ['v2.something.new.4750048b-1994-41d4-8410-a5760c49a6cd.happened', 'v2.something.new.{id}.happened'],
    ['channel.metadata', 'channel.metadata'],
    ['v2.conversations', 'v2.conversations'],
  ])('turns %s into %s', (topic, template) => {
    expect(topicTemplate(topic)).toBe(template);
  });
});
