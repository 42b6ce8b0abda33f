import { describe, expect, it } from 'vitest';
import { nearestEventType, whyNotAnEventType } from '../../../doctor/lint/event-types.ts';

describe('nearestEventType', () => {
  it.each([
    'conversation.updated',
    'conversation:updated',
    'Conversation:Conversation:Updated',
    'conversation:conversation:update',
    'conversations.conversation.updated',
    'conversationUpdated',
    'conversation:conversation:upd',
    'v2.conversations.{id}',
    'v2.users.{id}.conversations',
  ])('takes %s for an update of a conversation', (written) => {
    expect(nearestEventType(written)).toEqual({
      eventType: 'conversation:conversation:updated',
      isMeant: true,
    });
  });

  it.each(['user:presence:updated', 'v2.users.{id}.presence', 'x', '', '::', '😀'])(
    'names the nearest for %j, but does not take it for what was meant',
    (written) => {
      expect(nearestEventType(written)).toMatchObject({ isMeant: false });
    },
  );
});

describe('whyNotAnEventType', () => {
  it('tells a topic of the other API, a wrong form and an unknown path apart', () => {
    expect(whyNotAnEventType('v2.users.{id}.presence')).toContain('Notifications API');
    expect(whyNotAnEventType('conversation.updated')).toContain('service:entity:event');
    expect(whyNotAnEventType('user:presence:updated')).toContain('not a known');
  });
});
