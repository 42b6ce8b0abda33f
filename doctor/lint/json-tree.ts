import { type JSONVisitor, printParseErrorCode, visit } from 'jsonc-parser';
import type { Report } from './finding.ts';

/** A JSON value that knows where it stands and keeps every member, those with equal keys too. */
export type JsonNode = ObjectNode | ArrayNode | StringNode | OtherNode;

interface Placed {
  /** Indexes into the text: of its first unit, and after its last. */
  readonly start: number;
  end: number;
}
export interface ObjectNode extends Placed {
  readonly kind: 'object';
  readonly members: Member[];
}
export interface ArrayNode extends Placed {
  readonly kind: 'array';
  readonly items: JsonNode[];
}
export interface StringNode extends Placed {
  readonly kind: 'string';
  readonly value: string;
}
export interface OtherNode extends Placed {
  readonly kind: 'number' | 'boolean' | 'null';
  readonly value: unknown;
}
export interface Member {
  /** With its escapes resolved, so that `"i\u0064"` is the same key as `"id"`. */
  readonly key: string;
  readonly start: number;
  /** Absent where the text breaks off. */
  value: JsonNode | undefined;
}

/** A subscription has three levels. The reader calls itself for each, so the stack is at stake. */
const DEEPEST = 100;

/** More faults of syntax than this are echoes of the first. */
const MOST_SYNTAX_FAULTS = 3;

const SEND_OBJECT = 'Build the message as an object and send JSON.stringify of it.';

/** After these it is plain what stands where; after others a key may have been taken for a value. */
const HARMLESS = new Set([
  'CommaExpected',
  'ValueExpected',
  'CloseBraceExpected',
  'CloseBracketExpected',
  'EndOfFileExpected',
  'InvalidUnicode',
  'InvalidEscapeCharacter',
  'InvalidCharacter',
]);

const EXPLANATIONS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'This is no JSON value',
  InvalidNumberFormat: 'This is no JSON number',
  PropertyNameExpected: 'A key in double quotes is expected here',
  ValueExpected: 'A value is expected here',
  ColonExpected: 'A colon is expected between key and value',
  CommaExpected: 'A comma is expected before this',
  CloseBraceExpected: 'The object is not closed',
  CloseBracketExpected: 'The list is not closed',
  UnexpectedEndOfString: 'This string has no closing quote',
  UnexpectedEndOfNumber: 'This number breaks off',
  InvalidUnicode: 'After \\u four hexadecimal digits are expected',
  InvalidEscapeCharacter: 'This escape is unknown to JSON',
  InvalidCharacter: 'A control character must be escaped in a string',
};

const FIXES: Readonly<Record<string, string>> = {
  ColonExpected: 'Write a colon between key and value.',
  CommaExpected: 'Write a comma before it.',
  CloseBraceExpected: 'Add the missing } and whatever else was cut off.',
  CloseBracketExpected: 'Add the missing ] and whatever else was cut off.',
  UnexpectedEndOfString: 'Add the missing ".',
  InvalidCharacter: 'Write it as an escape, such as \\n.',
};

export interface ReadJson {
  readonly root: JsonNode | undefined;
  /** Whether what isn't in the tree isn't in the text either. */
  readonly isComplete: boolean;
}

/** Reads JSON as far as it goes and reports what isn't. What `JSON.parse` refuses never goes unreported. */
export function readJson(text: string, report: Report): ReadJson {
  const tree = new TreeBuilder();
  const faults = new Map<number, string>();
  const visitor: JSONVisitor = {
    onObjectBegin: (start) => tree.open({ kind: 'object', start, end: text.length, members: [] }),
    onObjectProperty: (key, start) => tree.member({ key, start, value: undefined }),
    onArrayBegin: (start) => tree.open({ kind: 'array', start, end: text.length, items: [] }),
    onObjectEnd: (start, length) => tree.close(start + length),
    onArrayEnd: (start, length) => tree.close(start + length),
    onLiteralValue: (value: unknown, start, length) => tree.add(literal(value, start, start + length)),
    onError: (code, start) => {
      if (!faults.has(start)) faults.set(start, printParseErrorCode(code));
    },
  };
  try {
    visit(text, visitor, { disallowComments: true });
  } catch (error) {
    if (!(error instanceof NestedTooDeeply)) throw error;
    report({
      code: 'subscribe-malformed',
      at: error.at,
      message: `More than ${DEEPEST} levels are nested here; a subscription has three`,
      fix: 'Send the subscription alone.',
    });
    return { root: undefined, isComplete: false };
  }
  reportFaults([...faults], text, report);
  return { root: tree.root, isComplete: [...faults.values()].every((fault) => HARMLESS.has(fault)) };
}

function literal(value: unknown, start: number, end: number): JsonNode {
  if (typeof value === 'string') return { kind: 'string', value, start, end };
  if (typeof value === 'number') return { kind: 'number', value, start, end };
  return { kind: value === null ? 'null' : 'boolean', value, start, end };
}

function reportFaults(faults: readonly (readonly [number, string])[], text: string, report: Report): void {
  for (const [index, [at, fault]] of faults.slice(0, MOST_SYNTAX_FAULTS).entries()) {
    if (fault === 'EndOfFileExpected') {
      reportMore(text, at, report);
      continue;
    }
    const isLast = index === MOST_SYNTAX_FAULTS - 1 && faults.length > MOST_SYNTAX_FAULTS;
    const more = isLast ? ` (and ${faults.length - MOST_SYNTAX_FAULTS} more faults of syntax after it)` : '';
    report({
      code: 'subscribe-malformed',
      at,
      message: `${EXPLANATIONS[fault] ?? 'This is not JSON'}${more}`,
      fix: FIXES[fault] ?? SEND_OBJECT,
    });
  }
}

function reportMore(text: string, at: number, report: Report): void {
  if (/[{["]/.test(text.charAt(at)))
    report({
      code: 'subscribe-several-values',
      at,
      message: 'A second JSON value begins here; a message holds one',
      fix: 'Send each value as a message of its own. Only the first was read.',
    });
  else
    report({
      code: 'subscribe-malformed',
      at,
      message: 'Something follows the end of the JSON value',
      fix: 'Remove what follows.',
    });
}

class NestedTooDeeply extends Error {
  readonly at: number;

  constructor(at: number) {
    super();
    this.at = at;
  }
}

class TreeBuilder {
  root: JsonNode | undefined;
  readonly #open: (ObjectNode | ArrayNode)[] = [];

  open(node: ObjectNode | ArrayNode): void {
    this.add(node);
    this.#open.push(node);
    if (this.#open.length > DEEPEST) throw new NestedTooDeeply(node.start);
  }

  close(end: number): void {
    const node = this.#open.pop();
    if (node) node.end = end;
  }

  member(member: Member): void {
    const parent = this.#open.at(-1);
    if (parent?.kind === 'object') parent.members.push(member);
  }

  add(node: JsonNode): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root ??= node;
    else if (parent.kind === 'array') parent.items.push(node);
    else {
      const member = parent.members.at(-1);
      if (member) member.value = node;
    }
  }
}
