import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Remark } from '../../../doctor/lint/finding.ts';
import { readJson } from '../../../doctor/lint/json-tree.ts';

const TOKENS =
  '" \\ { } [ ] , : // /* */ # null true 0 1 - . e + "a" "a": \\u \\u00 \\n \u0000 \u001f \u007f \u00a0 \u2028 \ufeff \ud800'
    .split(' ')
    .concat(' ', '\t', '\n', '\r');

const text = fc.array(fc.constantFrom(...TOKENS), { maxLength: 10 }).map((tokens) => tokens.join(''));

function isJson(candidate: string): boolean {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
}

function faultsIn(candidate: string): Remark[] {
  const faults: Remark[] = [];
  readJson(candidate, (remark) => faults.push(remark));
  return faults;
}

describe('readJson', () => {
  it('is tolerant, yet reports whatever JSON.parse refuses, and nothing else', () => {
    fc.assert(
      fc.property(text, (candidate) => {
        expect(faultsIn(candidate).length === 0).toBe(isJson(candidate));
      }),
      { numRuns: 5000 },
    );
  });

  it('keeps the root of a text that breaks off', () => {
    const { root, isComplete } = readJson('{"a":{"b":[1,{"c":"d"', () => {});
    expect(root).toMatchObject({
      kind: 'object',
      start: 0,
      members: [{ key: 'a', value: { kind: 'object' } }],
    });
    expect(isComplete).toBe(true);
  });

  it('keeps members with equal keys, each with its place', () => {
    const { root } = readJson('{"a":1,"a":2}', () => {});
    expect(root).toMatchObject({
      members: [
        { start: 1, value: { value: 1 } },
        { start: 7, value: { value: 2 } },
      ],
    });
  });

  it('names the first faults of syntax and counts the others', () => {
    const faults = faultsIn(`[${'1 '.repeat(20)}]`);
    expect(faults).toHaveLength(3);
    expect(faults[2]?.message).toContain('(and 16 more');
  });

  it('stops where more is nested than the stack should bear', () => {
    expect(faultsIn('['.repeat(200_000))).toEqual([expect.objectContaining({ at: 100 })]);
  });
});
