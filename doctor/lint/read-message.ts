import { checkDuplicateKeys } from './duplicate-keys.ts';
import type { Remark, Report } from './finding.ts';
import { mendHandWritten } from './hand-written.ts';
import { type JsonNode, type ObjectNode, readJson } from './json-tree.ts';
import { quoted } from './quoted.ts';
import type { TracedText } from './traced-text.ts';
import { unwrapString } from './unwrap.ts';
import { inWords } from './words.ts';

/** Strings in strings are followed this deep. */
const MOST_WRAPPINGS = 3;

/** White space and comments before anything else. */
const LEADING = /^(?:\s+|\/\/[^\r\n]*|#[^\r\n]*|\/\*.*?(?:\*\/|$))*/s;

/** With whatever quotes. */
const JSON_START = /^(?:[{["'`“”„‘’]|-?\d|(?:true|false|null)\b)/;

const SEND_OBJECT = 'Send JSON.stringify of the message object, once.';

/** A message's object, and a way to report on its text. */
export interface ReadMessage {
  readonly object: ObjectNode;
  /** Whether a member that isn't in the object is known not to be in the text. */
  readonly isComplete: boolean;
  readonly report: Report;
}

/**
 * Finds the object that a payload holds, through slips of the hand, strings round it and a list round it, and
 * reports each of them.
 * @returns undefined when there is none
 */
export function readMessage(payload: TracedText, add: (remark: Remark) => void): ReadMessage | undefined {
  let text = payload;
  for (let wrappings = 0; wrappings <= MOST_WRAPPINGS; wrappings++) {
    const reportSource = reportOn(text, add);
    if (/^\s*\{\s*\\+"/.test(text.text)) {
      reportSource({
        code: 'subscribe-raw-string',
        at: text.text.search(/\\/),
        message: 'The quotes are escaped, as inside a string',
        fix: SEND_OBJECT,
      });
      text = unwrapString(text, -1, text.text.length + 1);
    }
    if (!looksLikeJson(text.text, reportOn(text, add))) return undefined;
    const mended = mendHandWritten(text, reportOn(text, add));
    const report = reportOn(mended, add);
    const { root, isComplete } = readJson(mended.text, report);
    if (root?.kind !== 'string') return root && objectIn(root, isComplete, report);
    text = unwrapString(mended, root.start, root.end);
    if (wrappings === 0) reportString(root.start, text.text, report);
    if (!/^\s*[{["]/.test(text.text)) return undefined;
  }
  return undefined;
}

/** Translates places in a derived text to places in the payload. */
function reportOn(text: TracedText, add: (remark: Remark) => void): Report {
  return (remark) => {
    const related = remark.related === undefined ? undefined : text.origin(remark.related);
    add({ ...remark, at: text.origin(remark.at), related });
  };
}

/** Plain text is told apart first: as JSON, each of its words would be a fault. */
function looksLikeJson(text: string, report: Report): boolean {
  const start = LEADING.exec(text)?.[0].length ?? 0;
  const rest = text.slice(start).trimEnd();
  const isNothing = rest === '';
  const isObject = rest === '[object Object]';
  if (isNothing)
    report({
      code: 'subscribe-empty',
      at: 0,
      message: 'The payload is empty',
      fix: SEND_OBJECT,
    });
  else if (isObject || !JSON_START.test(rest))
    report({
      code: 'subscribe-raw-string',
      at: start,
      message: isObject
        ? 'This is what JavaScript makes of an object that is sent as it is'
        : `This is plain text, not JSON: ${quoted(rest)}`,
      fix: SEND_OBJECT,
    });
  else return true;
  return false;
}

function reportString(at: number, content: string, report: Report): void {
  const isJson = /^\s*[{[]/.test(content);
  report({
    code: 'subscribe-raw-string',
    at,
    message: isJson
      ? 'The message is JSON in a JSON string: it was stringified twice'
      : 'The message is a string, not an object',
    fix: SEND_OBJECT,
  });
}

function objectIn(root: JsonNode, isComplete: boolean, report: Report): ReadMessage | undefined {
  checkDuplicateKeys(root, report);
  if (root.kind === 'object') return { object: root, isComplete, report };
  const object = root.kind === 'array' ? root.items.find((item) => item.kind === 'object') : undefined;
  const others = root.kind === 'array' && root.items.length > 1;
  report({
    code: 'subscribe-not-an-object',
    at: root.start,
    message: `The message is ${inWords(root)}; it must be an object`,
    fix: others ? 'Send each object as a message of its own. Only the first was read.' : SEND_OBJECT,
  });
  return object && { object, isComplete, report };
}
