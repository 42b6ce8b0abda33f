/** A member of a JSON object, by its place in the text: `[valueStart, valueEnd)` is the raw value. */
export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SPACE = 0x20;

/**
 * Finds the members of a JSON object in its text, so that they can be passed on as they were written.
 * Nested values are skipped, not looked into. Duplicate keys are all listed, in order.
 * @param text a JSON object that `JSON.parse` has accepted: nothing is validated here
 * @throws {RangeError} when the text ends too early, which valid JSON never does
 */
export function scanMembers(text: string): Member[] {
  const members: Member[] = [];
  let at = skipWhitespace(text, 0) + 1;
  for (;;) {
    const keyStart = skipWhitespace(text, at);
    if (text.charCodeAt(keyStart) === CLOSE_BRACE) return members;
    const keyEnd = endOfString(text, keyStart);
    const valueStart = skipWhitespace(text, skipWhitespace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    members.push({ key: readKey(text.slice(keyStart, keyEnd)), keyStart, valueStart, valueEnd });
    at = skipWhitespace(text, valueEnd);
    if (text.charCodeAt(at) === COMMA) at++;
  }
}

function readKey(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

/** JSON's whitespace (space, tab, line feed, carriage return) is all that is not above the space here. */
function skipWhitespace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** `indexOf` runs over the characters of a string many times faster than a loop here would. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  if (close === -1) throw new RangeError('The text ends inside a string: it is not valid JSON');
  return close + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - at) % 2 === 0;
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(text, start);
  let at = start;
  while (isScalar(text.charCodeAt(at))) at++;
  return at;
}

function isScalar(code: number): boolean {
  return code > SPACE && code !== COMMA && code !== CLOSE_BRACE && code !== CLOSE_BRACKET;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    at++;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at;
    }
  }
  throw new RangeError('The text ends inside a value: it is not valid JSON');
}
