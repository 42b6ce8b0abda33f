import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintSubscription } from '../../../doctor/lint/lint.ts';
import { bytesOf, GOOD, THREAD } from './payloads.ts';
import { isStrictlyRight } from './strict-checker.ts';

const RUNS = 3000;
const SEEDS = [
  GOOD,
  THREAD,
  GOOD.replace('[]', '["c1","c2"]'),
  JSON.stringify(GOOD),
  GOOD.replaceAll('"', "'"),
];

type Mutation = (bytes: Uint8Array) => Uint8Array;

const place = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const span = fc.tuple(place, fc.integer({ min: 1, max: 40 }));

function at(bytes: Uint8Array, where: number): number {
  return Math.floor(where * bytes.length);
}

function splice(bytes: Uint8Array, start: number, removed: number, added: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
}

const flip = fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
  ([where, bit]): Mutation =>
    (bytes) =>
      bytes.map((byte, index) => (index === at(bytes, where) ? byte ^ (1 << bit) : byte)),
);
const remove = span.map(
  ([where, length]): Mutation =>
    (bytes) =>
      splice(bytes, at(bytes, where), length, new Uint8Array()),
);
const repeat = fc.tuple(span, place).map(
  ([[from, length], to]): Mutation =>
    (bytes) =>
      splice(bytes, at(bytes, to), 0, bytes.subarray(at(bytes, from), at(bytes, from) + length)),
);
const swap = fc.tuple(place, place).map(
  ([one, other]): Mutation =>
    (bytes) => {
      const swapped = Uint8Array.from(bytes);
      swapped[at(bytes, one)] = bytes[at(bytes, other)] ?? 0;
      swapped[at(bytes, other)] = bytes[at(bytes, one)] ?? 0;
      return swapped;
    },
);
const TOKENS = [
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '//',
  '/*',
  '*/',
  '#',
  '\n',
  '\u2028',
  '\ufeff',
  '“',
  '`',
  'null',
  '0',
  '"id":"x",',
  '"__proto__":1,',
  '\\u',
  '\\"',
];
const insert = fc
  .tuple(place, fc.oneof(fc.constantFrom(...TOKENS).map(bytesOf), fc.uint8Array({ maxLength: 4 })))
  .map(
    ([where, added]): Mutation =>
      (bytes) =>
        splice(bytes, at(bytes, where), 0, added),
  );
/** A whole member or item taken, or said again: what a byte more or less seldom does. */
const MEMBER = /"[a-zA-Z]+":(?:"[^"]*"|\[[^\]]*\]),?|"[^"]*",?/g;
const member = fc.tuple(place, fc.constantFrom('', '$&$&', '$&,$&')).map(
  ([where, replacement]): Mutation =>
    (bytes) => {
      const text = Buffer.from(bytes).toString('utf8');
      const count = [...text.matchAll(MEMBER)].length;
      let index = 0;
      return bytesOf(
        text.replace(MEMBER, (found) =>
          index++ === Math.floor(where * count) ? replacement.replaceAll('$&', () => found) : found,
        ),
      );
    },
);

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.oneof(flip, remove, repeat, swap, insert, member), { minLength: 1, maxLength: 5 }),
  )
  .map(([seed, mutations]) => mutations.reduce((bytes, mutate) => mutate(bytes), bytesOf(seed)));

function check(bytes: Uint8Array): void {
  const report = lintSubscription(bytes);
  expect(report.findings.length === 0, 'clean as the strict checker has it').toBe(isStrictlyRight(bytes));
  for (const { offset, line, column } of report.findings) {
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(bytes.length);
    expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
  }
  if (report.corrected !== undefined) expect(isStrictlyRight(bytesOf(report.corrected))).toBe(true);
}

describe('lintSubscription over mutated payloads', { timeout: 60_000 }, () => {
  it('calls exactly those clean that a strict server takes, and corrects all others', () => {
    fc.assert(fc.property(mutated, check), { numRuns: RUNS });
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: RUNS });
  });

  it('takes any value that is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => check(bytesOf(text))),
      { numRuns: 500 },
    );
  });

  it('meets both kinds, so that the comparison means something', () => {
    const [right, wrong] = [true, false].map(
      (kind) =>
        fc.sample(mutated, { numRuns: 2000, seed: 1 }).filter((bytes) => isStrictlyRight(bytes) === kind)
          .length,
    );
    expect(right).toBeGreaterThan(10);
    expect(wrong).toBeGreaterThan(1000);
  });

  it.each([
    '[',
    '{"a":',
    '"',
    "'",
    "\\'",
    '/*',
    ',/*',
    ', ',
    ',#',
    ',//',
    ',/**/',
    'a:',
    '"\\\n"[',
    '\\"',
    '\ufeff',
    '“',
  ])('reads a long repetition of %j to its end', (piece) => {
    check(bytesOf(piece.repeat(20_000)));
  });
});
