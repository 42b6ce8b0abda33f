import { z } from 'zod';

/*
 * What fields are made of. A value may come from a JSON file or, as text, from the command line: lists are split at
 * commas, numbers and booleans are read from text, and an object or list that is given as JSON is parsed.
 */

/** An object that takes no other fields than these, and says which it takes. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no field ${issue.keys?.map((key) => `"${key}"`).join(', ')}; it has ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}

export function text(pattern: RegExp, complaint: string) {
  return z.string().regex(pattern, { error: (issue) => `${shown(issue.input)} ${complaint}` });
}

export function choice<const Value extends string>(values: readonly Value[]) {
  return z.enum(values, { error: (issue) => `${shown(issue.input)} is not one of ${values.join(', ')}` });
}

/** At least one item. */
export function list<Item extends z.ZodType>(item: Item) {
  const items = z.array(item).min(1, { error: 'is empty' });
  return z.preprocess(
    (given) => (typeof given === 'string' ? given.split(',').map((each) => each.trim()) : given),
    items,
  );
}

export function wholeNumber(least: number, most: number) {
  const complaint = (issue: { input?: unknown }) =>
    `${shown(issue.input)} is not a whole number from ${least} to ${most}`;
  return z.preprocess(
    (given) => (typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given),
    z.int({ error: complaint }).min(least, { error: complaint }).max(most, { error: complaint }),
  );
}

export function flag() {
  return z.preprocess(
    (given) => (given === 'true' ? true : given === 'false' ? false : given),
    z.boolean({ error: (issue) => `${shown(issue.input)} is not one of true, false` }),
  );
}

/** A value as it may be quoted in a message. */
export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
