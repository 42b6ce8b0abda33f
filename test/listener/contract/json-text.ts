import fc from 'fast-check';

/** Arbitrary whitespace, as JSON allows it. */
export const whitespace = fc
  .array(fc.constantFrom(' ', '\t', '\n', '\r'), { maxLength: 3 })
  .map((parts) => parts.join(''));

/** A JSON string, some of its characters written as escapes. */
function stringText(value: string, escaped: boolean): string {
  if (!escaped) return JSON.stringify(value);
  const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

const trickyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'é', '😀'), { maxLength: 8 })
    .map((c) => c.join('')),
);

const stringJson = fc.tuple(trickyText, fc.boolean()).map(([value, escaped]) => stringText(value, escaped));

/** Any JSON value as text, with random whitespace and escapes. */
const valueJson: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      stringJson,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
      fc.constantFrom('true', 'false', 'null'),
    ),
    fc
      .tuple(whitespace, fc.array(fc.tuple(stringJson, whitespace, tie('value')), { maxLength: 4 }))
      .map(
        ([gap, members]) =>
          `{${gap}${members.map(([key, space, value]) => `${key}${space}:${space}${value}${gap}`).join(',')}}`,
      ),
    fc
      .tuple(whitespace, fc.array(tie('value'), { maxLength: 4 }))
      .map(([gap, items]) => `[${gap}${items.map((item) => `${gap}${item}${gap}`).join(',')}]`),
  ),
})).value;

/** The members of a JSON object as text, keys as drawn, duplicates included. */
export const membersJson = fc.array(fc.tuple(stringJson, valueJson), { maxLength: 6 });

/** An object out of its members, with whitespace wherever JSON allows it. */
export function objectText(members: readonly (readonly [string, string])[], gap: string): string {
  const inner = members.map(([key, value]) => `${gap}${key}${gap}:${gap}${value}${gap}`).join(',');
  return `${gap}{${inner || gap}}${gap}`;
}
