import { describe, expect, it } from 'vitest';
import { describeTopicSpec, isGenesysId, parseTopicSpec } from '../../../../listener/genesys/topics/spec.ts';

const ID = '6A1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';

describe('an item of TOPICS', () => {
  it.each([
    ['queues:*', { kind: 'all-queues' }],
    ['queue:Support', { kind: 'queue', nameOrId: 'Support' }],
    ['queue: Support: 2nd line ', { kind: 'queue', nameOrId: 'Support: 2nd line' }],
    [`queue:${ID}`, { kind: 'queue', nameOrId: ID }],
    ['user:a@example.com', { kind: 'user', emailOrId: 'a@example.com' }],
    [`conversation:${ID}`, { kind: 'conversation', id: ID }],
    [`v2.users.${ID}.presence`, { kind: 'topic', name: `v2.users.${ID}.presence` }],
    [`v2.users.${ID}?presence&activity`, { kind: 'topic', name: `v2.users.${ID}?presence&activity` }],
  ])('%s is understood', (text, spec) => {
    expect(parseTopicSpec(text)).toEqual(spec);
  });

  it.each(['queues:*', 'queue:Support', `conversation:${ID}`, 'user:a@example.com', 'v2.a.b'])(
    '%s is told as it was written',
    (text) => {
      const spec = parseTopicSpec(text);
      expect(typeof spec === 'string' ? spec : describeTopicSpec(spec)).toBe(text);
    },
  );

  it.each([
    ['queue:', /"queue:" names no queue; use queues:\*/],
    ['user:  ', /names no user/],
    ['conversation:', /names no conversation/],
    ['conversation:abc', /is no conversation id; it has the form/],
    ['queues:Support', /is no topic; use/],
    ['Queue:Support', /is no topic; use/],
    ['v2.', /is no topic; use/],
    ['v2.a b', /is no topic; use/],
    ['v3.users.x', /is no topic; use/],
  ])('%s is refused in one line', (text, problem) => {
    expect(parseTopicSpec(text)).toMatch(problem);
  });
});

describe('an id', () => {
  it.each([
    [ID, true],
    [ID.toUpperCase(), true],
    [`${ID}0`, false],
    [ID.replaceAll('-', ''), false],
    ['../queues', false],
  ])('%s: %s', (text, is) => {
    expect(isGenesysId(text)).toBe(is);
  });
});
