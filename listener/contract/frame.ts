import secureJson from 'secure-json-parse';
import { z } from 'zod';
import { type Member, scanMembers } from './json-members.ts';

/** A notification, parsed once. */
export interface NotificationFrame {
  readonly kind: 'notification';
  /** The frame as received. */
  readonly text: string;
  readonly topicName: string;
  readonly eventBody: unknown;
  /** The bytes of `eventBody` as received; empty when the frame has none. */
  readonly bodyText: string;
  /** Where the frame's members stand; only when the frame can't be passed on as it is (see `detail.ts`). */
  readonly rewrite: readonly Member[] | undefined;
}

/** A JSON object that names no topic: an acknowledgement, an error, a message of another dialect. */
export interface UntitledFrame {
  readonly kind: 'untitled';
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A frame that nothing can be made of. It is parked, never dropped. */
export interface RefusedFrame {
  readonly kind: 'refused';
  readonly code: 'MalformedFrame' | 'ForbiddenKey' | 'NotAnObject' | 'MalformedTopic';
  readonly message: string;
}

export type ParsedFrame = NotificationFrame | UntitledFrame | RefusedFrame;

/** What the bridge adds to a frame. A frame's own members of these names can't pass as the bridge's. */
export const ADDED_MEMBERS: ReadonlySet<string> = new Set(['timestamp', 'conversation', 'bridge']);

const jsonObject = z.record(z.string(), z.unknown());

/** A frame that is a JSON object, whatever it says. */
interface ObjectFrame {
  readonly kind: 'object';
  readonly value: object;
}

/** Parses one text frame from the socket of a notification channel. Never throws. */
export function parseFrame(text: string): ParsedFrame {
  const parsed = parseObject(text);
  return parsed.kind === 'refused' ? parsed : readObject(text, parsed.value);
}

/**
 * Parses a text that should be a JSON object. Never throws.
 * A `__proto__` key, or `prototype` under `constructor`, refuses the frame wherever it stands:
 * the text is passed on as it is, so a consumer's careless merge would meet it.
 */
export function parseObject(text: string): ObjectFrame | RefusedFrame {
  let parsed: unknown;
  try {
    parsed = secureJson.parse(text, { safe: true });
  } catch (error) {
    return { kind: 'refused', code: 'MalformedFrame', message: `The frame is not JSON${position(error)}` };
  }
  // The parser would pass over a byte order mark, which is not JSON and would reach consumers.
  if (text.charCodeAt(0) === 0xfeff) {
    return { kind: 'refused', code: 'MalformedFrame', message: 'The frame begins with a byte order mark' };
  }
  if (parsed === null && text.trim() !== 'null') {
    return {
      kind: 'refused',
      code: 'ForbiddenKey',
      message: 'The frame has a key that could poison a prototype',
    };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { kind: 'refused', code: 'NotAnObject', message: 'The frame is JSON, but not an object' };
  }
  return { kind: 'object', value: parsed };
}

/** The parser's own message quotes the frame, whose content has no place in a log: only the place is taken. */
function position(error: unknown): string {
  const at = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return at === undefined ? '' : ` (at position ${at})`;
}

function readObject(text: string, parsed: object): ParsedFrame {
  if (!('topicName' in parsed)) {
    return untitled(text, parsed);
  }
  const { topicName } = parsed;
  if (typeof topicName !== 'string' || topicName === '') {
    return { kind: 'refused', code: 'MalformedTopic', message: 'The topicName of the frame is not a name' };
  }
  const members = scanMembers(text);
  const body = members.findLast((member) => member.key === 'eventBody');
  return {
    kind: 'notification',
    text,
    topicName,
    eventBody: 'eventBody' in parsed ? parsed.eventBody : undefined,
    bodyText: body === undefined ? '' : text.slice(body.valueStart, body.valueEnd),
    rewrite: canPassOn(members) ? undefined : members,
  };
}

/** The object as a record, for who looks into it by himself. */
export function untitled(text: string, value: object): UntitledFrame {
  return { kind: 'untitled', text, value: jsonObject.parse(value) };
}

/** Duplicate keys are ambiguous to consumers' parsers, and the added names are the bridge's. */
function canPassOn(members: readonly Member[]): boolean {
  const seen = new Set<string>();
  for (const { key } of members) {
    if (ADDED_MEMBERS.has(key) || seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}
