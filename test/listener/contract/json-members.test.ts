import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanMembers } from '../../../listener/contract/json-members.ts';
import { membersJson, objectText, whitespace } from './json-text.ts';

describe('scanMembers', () => {
  it('finds every member as it was written, whatever the whitespace, escapes and nesting', () => {
    fc.assert(
      fc.property(membersJson, whitespace, (members, gap) => {
        const text = objectText(members, gap);
        JSON.parse(text);
        const found = scanMembers(text).map((member) => [
          member.key,
          text.slice(member.valueStart, member.valueEnd),
        ]);
        expect(found).toEqual(members.map(([key, value]) => [JSON.parse(key), value]));
      }),
      { numRuns: 500 },
    );
  });

  it('lists a key that stands twice, twice', () => {
    expect(scanMembers('{"a":1,"\\u0061":2}').map((member) => member.key)).toEqual(['a', 'a']);
  });

  it('is not misled by quotes and backslashes before a closing quote', () => {
    const text = '{"a":"\\\\","b":"\\\\\\"}","c":{"d":"}\\""}}';
    const values = scanMembers(text).map((member) => text.slice(member.valueStart, member.valueEnd));
    expect(values).toEqual(['"\\\\"', '"\\\\\\"}"', '{"d":"}\\""}']);
  });

  it('gives up on a text that ends too early, instead of running on', () => {
    expect(() => scanMembers('{"a":"b')).toThrow(RangeError);
    expect(() => scanMembers('{"a":[1,2')).toThrow(RangeError);
    expect(() => scanMembers('{"a')).toThrow(RangeError);
  });
});
