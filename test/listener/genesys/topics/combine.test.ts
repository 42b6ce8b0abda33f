import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineTopics, expandTopic } from '../../../../listener/genesys/topics/combine.ts';

const segment = fc.stringMatching(/^[a-zA-Z0-9-]{1,40}$/);
/** Few prefixes, so that there is something to combine. */
const topic = fc.oneof(
  fc
    .tuple(fc.constantFrom('v2.users.a', 'v2.users.b', 'v2.users.a.conversations'), segment)
    .map((parts) => parts.join('.')),
  fc.array(segment, { minLength: 1, maxLength: 8 }).map((parts) => ['v2', ...parts].join('.')),
);

describe('combining topics', () => {
  it('neither loses nor adds one, and repeats none', () => {
    fc.assert(
      fc.property(fc.array(topic, { maxLength: 60 }), (topics) => {
        const names = combineTopics(topics).flatMap(expandTopic);
        expect(new Set(names)).toEqual(new Set(topics));
        expect(names).toHaveLength(new Set(topics).size);
      }),
    );
  });

  it('leaves single words alone, which have no segment to vary', () => {
    const topics = ['conversation:1', 'v2.a.b', 'conversation:2', 'v2.a.c', 'conversation:1'];
    expect(combineTopics(topics)).toEqual(['conversation:1', 'v2.a?b&c', 'conversation:2']);
  });

  it('makes none longer than 199 characters, unless it was so alone', () => {
    fc.assert(
      fc.property(fc.array(topic, { maxLength: 60 }), (topics) => {
        for (const combined of combineTopics(topics)) {
          expect(combined.length <= 199 || !combined.includes('?')).toBe(true);
        }
      }),
    );
  });

  it.each([
    { prefix: 'v2.aa.bbb', longest: 199 },
    { prefix: 'v2.aaa.bbb', longest: 190 },
  ])(
    'fills the 199 characters and no more (suffixes of ten, the mark included, after $prefix)',
    ({ prefix, longest }) => {
      const topics = Array.from({ length: 40 }, (_, n) => `${prefix}.suffix${String(n).padStart(3, '0')}`);
      const lengths = combineTopics(topics).map(({ length }) => length);
      expect(Math.max(...lengths)).toBe(longest);
      expect(lengths[0]).toBe(longest);
    },
  );

  it('joins what differs in the last segment only, in order of first appearance', () => {
    expect(
      combineTopics([
        'v2.users.u.presence',
        'v2.routing.queues.q.conversations',
        'v2.users.u.activity',
        'v2.routing.queues.q.users',
        'v2.users.u.conversations.calls',
        'v2.users.u.presence',
      ]),
    ).toEqual([
      'v2.users.u?presence&activity',
      'v2.routing.queues.q?conversations&users',
      'v2.users.u.conversations.calls',
    ]);
  });

  it('takes combined topics apart first', () => {
    expect(combineTopics(['v2.users.u?presence&activity', 'v2.users.u?activity&station'])).toEqual([
      'v2.users.u?presence&activity&station',
    ]);
  });

  it('again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(topic, { maxLength: 60 }), (topics) => {
        const once = combineTopics(topics);
        expect(combineTopics(once)).toEqual(once);
      }),
    );
  });
});

describe('taking a topic apart', () => {
  it.each([
    ['v2.a.b', ['v2.a.b']],
    ['v2.a?b&c', ['v2.a.b', 'v2.a.c']],
    ['v2.a?b', ['v2.a.b']],
    ['v2.a?b&&c&', ['v2.a.b', 'v2.a.c']],
    ['v2.a?', []],
  ])('%s gives %j', (combined, names) => {
    expect(expandTopic(combined)).toEqual(names);
  });
});
