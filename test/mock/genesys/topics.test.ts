import { describe, expect, it } from 'vitest';
import { createSwitches } from '../../../mock/genesys/switches.ts';
import { expandTopic, matchTopic, topicTemplates } from '../../../mock/genesys/topics.ts';

const switches = createSwitches();
const ID = '0a1b2c3d-0000-4000-8000-00000000000a';

describe('a combined topic', () => {
  it('stands for one topic for each suffix', () => {
    expect(expandTopic(`v2.users.${ID}?presence&routingStatus&presence`, switches)).toEqual([
      `v2.users.${ID}.presence`,
      `v2.users.${ID}.routingStatus`,
    ]);
    expect(expandTopic(`v2.users.${ID}.presence`, switches)).toEqual([`v2.users.${ID}.presence`]);
  });

  it('may vary in its last segment only', () => {
    expect(expandTopic(`v2.routing.queues.${ID}?conversations.calls&users`, switches)).toBeUndefined();
    expect(expandTopic(`v2.routing.queues.${ID}.conversations?calls?emails`, switches)).toBeUndefined();
    expect(expandTopic(`v2.users.${ID}?presence&`, switches)).toBeUndefined();
  });

  it('has at most 200 characters, or 199 by a switch', () => {
    const start = `v2.users.${ID}?`;
    const of = (length: number) => start + 'a'.repeat(length - start.length);
    const stricter = createSwitches({ combinedTopicMax: 199 });
    expect(expandTopic(of(200), switches)).toHaveLength(1);
    expect(expandTopic(of(201), switches)).toBeUndefined();
    expect(expandTopic(of(199), stricter)).toHaveLength(1);
    expect(expandTopic(of(200), stricter)).toBeUndefined();
  });
});

describe('a topic name', () => {
  it('is matched with its template and the id that it is about', () => {
    const name = `v2.detail.events.conversation.${ID}.acd.start`;
    const topic = matchTopic(name, topicTemplates(switches));
    expect(topic).toMatchObject({
      name,
      subjectId: ID,
      template: {
        id: 'v2.detail.events.conversation.{id}.acd.start',
        permissions: ['analytics:conversationDetail:view'],
      },
    });
    expect(matchTopic(`v2.detail.events.conversation.${ID}.lunch`, topicTemplates(switches))).toBeUndefined();
    expect(matchTopic('v2.routing.queues.{id}.conversations', topicTemplates(switches))).toBeUndefined();
  });
});
