import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../mock/org-socket/client-message.ts';
import { duplicateKeys } from '../../../mock/org-socket/duplicate-keys.ts';
import { checkSubscribe } from '../../../mock/org-socket/subscribe-check.ts';
import { SUBSCRIBE } from './harness.ts';

/** The codes of all that is wrong with a message. */
function codes(message: string | Uint8Array, filterEntities: 'optional' | 'required' = 'optional'): string[] {
  const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message;
  const { object, faults } = readMessage(bytes, false);
  const more = object ? checkSubscribe(object, { filterEntities }).faults : [];
  return [...faults, ...more].map(({ code }) => code.replace('subscription.', ''));
}

const EVENT_TYPES = '"eventTypes":["conversation:conversation:updated"]';

describe('a subscribe message', () => {
  it('is good in the documented form, with white space, and with entities', () => {
    expect(codes(SUBSCRIBE)).toEqual([]);
    expect(codes(`\n ${JSON.stringify(JSON.parse(SUBSCRIBE), null, 2)}\n`)).toEqual([]);
    expect(codes(SUBSCRIBE.replace('[]', '["conv-12345"]'))).toEqual([]);
  });

  it.each([
    ['', ['empty']],
    [' \n', ['empty']],
    [JSON.stringify(SUBSCRIBE), ['raw.string']],
    ['subscribe', ['raw.string']],
    [SUBSCRIBE.slice(0, -1), ['malformed']],
    [`${SUBSCRIBE}${SUBSCRIBE}`, ['malformed']],
    [`\u{feff}${SUBSCRIBE}`, ['malformed']],
    [SUBSCRIBE.replace('[]', '[],'), ['malformed']],
    ['[]', ['malformed']],
    ['null', ['malformed']],
    ['{}', ['no.type', 'no.id', 'no.filter']],
    [SUBSCRIBE.replace('"subscribe"', '"Subscribe"'), ['malformed']],
    [SUBSCRIBE.replace('"ws-sub-001"', '""'), ['no.id']],
    [SUBSCRIBE.replace('"ws-sub-001"', '7'), ['no.id']],
    ['{"id":"a","type":"subscribe","filter":[]}', ['no.filter']],
    ['{"id":"a","type":"subscribe","filter":{}}', ['bad.event.type']],
    ['{"id":"a","type":"subscribe","filter":{"eventTypes":[]}}', ['bad.event.type']],
    [SUBSCRIBE.replace(':updated', ''), ['bad.event.type']],
    [SUBSCRIBE.replace('[]', '"conv-12345"'), ['malformed']],
    [SUBSCRIBE.replace('[]', '[12345]'), ['malformed']],
    [SUBSCRIBE.replace('[]', '[],"entities":["a"]'), ['duplicate.key']],
    [
      '{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}',
      ['duplicate.key', 'no.type', 'no.filter'],
    ],
  ])('%j has exactly the faults %j', (message, faults) => {
    expect(codes(message)).toEqual(faults);
  });

  it('that is invalid UTF-8 or binary is malformed', () => {
    expect(codes(Uint8Array.from([0x22, 0xff, 0x22]))).toEqual(['malformed']);
    expect(readMessage(new TextEncoder().encode(SUBSCRIBE), true).faults).toMatchObject([
      { code: 'subscription.malformed' },
    ]);
  });

  it('may leave entities out, or not, by a switch', () => {
    const message = `{"id":"a","type":"subscribe","filter":{${EVENT_TYPES}}}`;
    expect(codes(message)).toEqual([]);
    expect(codes(message, 'required')).toEqual(['malformed']);
  });
});

describe('duplicate keys', () => {
  it('are found at any depth, written in whatever way, and named by their path', () => {
    expect(duplicateKeys('{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}')).toEqual(['a.b', 'c.d']);
    expect(duplicateKeys('{"id":1,"\\u0069d":2}')).toEqual(['id']);
    expect(duplicateKeys('{"a":1,"a":2,"a":3}')).toEqual(['a']);
  });

  it('are not the same key in two objects, nor a string that looks like a key', () => {
    expect(duplicateKeys('[{"a":1},{"a":{"a":"\\"a\\":{"}}]')).toEqual([]);
  });

  it('are none in whatever is written from values, and are found wherever one is added', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const object = fc.dictionary(fc.string(), value, { minKeys: 1 });
    fc.assert(
      fc.property(object, fc.nat(), (members, pick) => {
        const text = JSON.stringify(members);
        expect(duplicateKeys(text)).toEqual([]);
        const keys = Object.keys(members);
        const key = keys[pick % keys.length] ?? '';
        const doubled = `${text.slice(0, -1)},${JSON.stringify(key)}:0}`;
        expect(duplicateKeys(doubled)).toEqual([key]);
      }),
    );
  });
});
