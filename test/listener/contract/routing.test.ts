import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventAssembler } from '../../../listener/contract/assemble.ts';
import { carriersOf, echoKeyOf, orderingKeyOf } from '../../../listener/contract/routing.ts';
import { frameOf, receipt } from './fixtures.ts';

const topic = fc.constantFrom(
  'v2.routing.queues.q.conversations',
  'v2.routing.queues.q.conversations.calls',
  'v2.users.u.conversations',
  'v2.users.u.presence',
  'v2.users.u.conversationsummary',
  'v2.conversations',
  'v2.detail.events.conversation.c.acw',
  'v2.detail.events.conversation.c.user.start',
  'anything',
);
const id = fc.constantFrom('c', 'd', '', 7, null, undefined);
const body = fc.oneof(
  fc.record({ id, conversationId: id, participants: fc.constantFrom([], [{ id: 'p' }], 'none', undefined) }),
  fc.constantFrom(null, 'text', 7, [{ id: 'c' }]),
);

describe('the key of a notification', () => {
  it('told beforehand is the one within which its order is kept', () => {
    fc.assert(
      fc.property(topic, body, (topicName, eventBody) => {
        const frame = frameOf(topicName, eventBody);
        const told = orderingKeyOf(frame);
        expect(told).toBe(new EventAssembler().accept(frame, receipt()).orderingKey);
        expect(told).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  it('for echoes is the conversation, and the topic where there is none: two without an id are no echoes', () => {
    const [queue, user] = ['v2.routing.queues.q.conversations', 'v2.users.u.conversations'];
    expect(echoKeyOf(frameOf(queue, { id: 'c' }))).toBe('c');
    expect(echoKeyOf(frameOf(user, { id: 'c' }))).toBe('c');
    expect(echoKeyOf(frameOf(queue, { id: '' }))).toBe(queue);
    expect(echoKeyOf(frameOf(user, null))).toBe(user);
    expect(echoKeyOf(frameOf('v2.detail.events.conversation.c.acw', { id: 'c' }))).toContain('detail');
  });
});

describe('the topics that would bring a conversation', () => {
  const conversation = {
    id: 'c',
    participants: [
      { id: '1', purpose: 'acd', queueId: 'q', calls: [{ state: 'disconnected' }] },
      { id: '2', purpose: 'agent', userId: 'u', calls: [{ state: 'connected' }] },
    ],
  };

  it('are those of its queues and agents, whole or by medium', () => {
    expect(carriersOf(conversation, 'channels')).toEqual([
      {
        topicName: 'v2.routing.queues.q.conversations',
        subscriptions: ['v2.routing.queues.q.conversations', 'v2.routing.queues.q.conversations.calls'],
      },
      {
        topicName: 'v2.users.u.conversations',
        subscriptions: ['v2.users.u.conversations', 'v2.users.u.conversations.calls'],
      },
    ]);
  });

  it('are one on the org socket', () => {
    expect(carriersOf(conversation, 'org-socket')).toEqual([
      { topicName: 'v2.conversations', subscriptions: ['conversations:*', 'conversation:c'] },
    ]);
  });

  it.each([null, 'text', {}, { id: 'c' }, { id: 'c', participants: 'none' }])('are none for %j', (answer) => {
    expect(carriersOf(answer, 'channels')).toEqual([]);
    expect(carriersOf(answer, 'org-socket')).toEqual([]);
  });
});
