import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Additions, buildDetail } from '../../../listener/contract/detail.ts';
import { notification } from './fixtures.ts';
import { membersJson, objectText, whitespace } from './json-text.ts';

const additions: Additions = {
  timestamp: '2026-01-05T09:00:00.000Z',
  conversation: '{"id":"ours"}',
  bridge: '{"eventId":"ours"}',
};
const added = {
  timestamp: '2026-01-05T09:00:00.000Z',
  conversation: { id: 'ours' },
  bridge: { eventId: 'ours' },
};
const reserved = new Set(['timestamp', 'conversation', 'bridge', 'topicName', '__proto__', 'constructor']);

function ownMembers(members: readonly (readonly [string, string])[]) {
  return members.filter(([key]) => !reserved.has(String(JSON.parse(key))));
}

describe('buildDetail', () => {
  it('adds to a frame what JSON.parse would add, for any frame', () => {
    fc.assert(
      fc.property(membersJson, whitespace, (members, gap) => {
        const text = objectText([['"topicName"', '"t"'], ...ownMembers(members)], gap);
        fc.pre(!text.includes('__proto__'));
        const detail = JSON.parse(buildDetail(notification(text), additions));
        expect(detail).toEqual({ ...JSON.parse(text), ...added });
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every byte received, up to the last brace, when no key stands twice', () => {
    fc.assert(
      fc.property(membersJson, whitespace, (members, gap) => {
        const unique = new Map(ownMembers(members).map((member) => [JSON.parse(member[0]), member]));
        const text = objectText([['"topicName"', '"t"'], ...unique.values()], gap);
        fc.pre(!text.includes('__proto__'));
        const received = text.slice(0, text.lastIndexOf('}'));
        expect(buildDetail(notification(text), additions).startsWith(`${received},"timestamp":`)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves conversation out when there is none', () => {
    const detail = buildDetail(notification('{"topicName":"t"} \n'), {
      ...additions,
      conversation: undefined,
    });
    expect(detail).toBe(
      '{"topicName":"t","timestamp":"2026-01-05T09:00:00.000Z","bridge":{"eventId":"ours"}}',
    );
  });

  it('keeps the timestamp that Genesys Cloud itself gives, once', () => {
    const frame = notification('{"topicName":"t","timestamp":"2025-12-12T15:02:30.395Z"}');
    const detail = buildDetail(frame, additions);
    expect(detail.match(/"timestamp"/g)).toHaveLength(1);
    expect(JSON.parse(detail)).toEqual({ topicName: 't', ...added, timestamp: '2025-12-12T15:02:30.395Z' });
  });

  it.each(['"conversation"', '"\\u0063onversation"'])(
    'does not let a frame pass %s off as the bridge’s, and loses nothing of it',
    (key) => {
      const frame = notification(
        `{"topicName":"t",${key}:{"id":"forged"},"bridge":{"eventId":"forged"},"timestamp":5}`,
      );
      expect(JSON.parse(buildDetail(frame, additions))).toEqual({
        topicName: 't',
        ...added,
        bridge: {
          eventId: 'ours',
          displaced: { conversation: { id: 'forged' }, bridge: { eventId: 'forged' }, timestamp: 5 },
        },
      });
    },
  );

  it('does not let a frame bring a conversation where the bridge has none', () => {
    const frame = notification('{"topicName":"t","conversation":{"id":"forged"}}');
    const detail = JSON.parse(buildDetail(frame, { ...additions, conversation: undefined }));
    expect(detail).not.toHaveProperty('conversation');
  });

  it('writes a key that stands twice once, with the last value, because parsers differ on it', () => {
    const detail = buildDetail(
      notification('{"topicName":"t","eventBody":{"a":1},"eventBody":{"a":2}}'),
      additions,
    );
    expect(detail.match(/"eventBody"/g)).toHaveLength(1);
    expect(JSON.parse(detail).eventBody).toEqual({ a: 2 });
  });
});
