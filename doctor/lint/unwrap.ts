import { TraceBuilder, type TracedText } from './traced-text.ts';

/** A JSON string's escapes, one at a time. */
const UNIT = /\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]|./gs;

/**
 * What a JSON string holds, each unit traced to where it was written.
 * @param start index of the opening quote
 * @param end index after the closing quote
 */
export function unwrapString(source: TracedText, start: number, end: number): TracedText {
  const builder = new TraceBuilder(source);
  const literal = source.text.slice(start + 1, end - 1);
  for (const { 0: unit, index } of literal.matchAll(UNIT))
    builder.put(unit.length > 1 ? String(JSON.parse(`"${unit}"`)) : unit, start + 1 + index);
  return builder.build(end);
}
