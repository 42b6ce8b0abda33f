import { z } from 'zod';
import type { UntitledFrame } from '../../contract/frame.ts';
import { parseOrgSocketFrame } from '../../contract/org-socket-frame.ts';
import type { ReceivedFrame, ServerMessage } from '../session/dialect.ts';
import type { EndReason } from '../session/end-reason.ts';

/** What the server answers to `auth` and `subscribe`. */
export type Answer =
  /** `scopes` undefined: the server didn't say. */
  | { readonly kind: 'authenticated'; readonly scopes: readonly string[] | undefined }
  /** `eventTypes` undefined: the server didn't repeat them. */
  | { readonly kind: 'subscribed'; readonly eventTypes: readonly string[] | undefined }
  | { readonly kind: 'failed'; readonly detail: string };

/** Types are compared without case, hyphens and underscores: no reference fixes how they are written. */
const KINDS: ReadonlyMap<string, Answer['kind'] | 'heartbeat'> = new Map([
  ['authsuccess', 'authenticated'],
  ['confirmation', 'subscribed'],
  ['subscribesuccess', 'subscribed'],
  ['error', 'failed'],
  ['autherror', 'failed'],
  ['subscribeerror', 'failed'],
  ['heartbeat', 'heartbeat'],
  ['ping', 'heartbeat'],
  ['pong', 'heartbeat'],
]);

const text = z.string().optional().catch(undefined);
/** An array, or the space-separated text of RFC 6749. */
const scopeList = z
  .union([z.array(z.string()), z.string().transform((list) => list.split(/[ ,]+/).filter(Boolean))])
  .optional()
  .catch(undefined);
const withScopes = z.object({ scopes: scopeList, scope: scopeList });

const messageSchema = z.object({
  type: text,
  scopes: scopeList,
  scope: scopeList,
  data: withScopes.optional().catch(undefined),
  filter: z
    .object({ eventTypes: z.array(z.string()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  code: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
  message: text,
  error: text,
});

type Message = z.infer<typeof messageSchema>;

/** Tells what a frame of the org socket is. */
export function decodeOrgSocketFrame(frame: ReceivedFrame): ServerMessage {
  if (typeof frame.data !== 'string')
    return { kind: 'refused', code: 'BinaryFrame', detail: `a binary frame of ${frame.data.length} bytes` };
  const parsed = parseOrgSocketFrame(frame.data);
  switch (parsed.kind) {
    case 'refused':
      return { kind: 'refused', code: parsed.code, detail: parsed.message };
    case 'notification':
      return { kind: 'notification', notification: parsed };
    case 'untitled':
      return decodeUntitled(messageOf(parsed));
  }
}

/** The answer that a frame is, if it is one. */
export function readAnswer(frame: ReceivedFrame): Answer | undefined {
  if (typeof frame.data !== 'string') return undefined;
  const parsed = parseOrgSocketFrame(frame.data);
  if (parsed.kind !== 'untitled') return undefined;
  const message = messageOf(parsed);
  switch (kindOf(message)) {
    case 'authenticated': {
      const { scopes, scope, data } = message;
      return { kind: 'authenticated', scopes: scopes ?? scope ?? data?.scopes ?? data?.scope };
    }
    case 'subscribed':
      return { kind: 'subscribed', eventTypes: message.filter?.eventTypes };
    case 'failed':
      return { kind: 'failed', detail: failureOf(message) };
    default:
      return undefined;
  }
}

/** What an error the server tells of means; `otherwise` where its words settle nothing. */
export function reasonOfFailure(detail: string, otherwise: EndReason): EndReason {
  return /\brevoked\b/i.test(detail) ? 'token-revoked' : otherwise;
}

/** A word for a frame, fit for a log: what the protocol calls it, nothing of what it says. */
export function nameOfFrame(frame: ReceivedFrame): string {
  if (typeof frame.data !== 'string') return 'a binary frame';
  const parsed = parseOrgSocketFrame(frame.data);
  if (parsed.kind === 'refused') return 'a frame that is no message';
  if (parsed.kind === 'notification') return 'event';
  const { type } = messageOf(parsed);
  return type !== undefined && /^[\w-]{1,40}$/.test(type) ? type : 'a message of no known type';
}

function decodeUntitled(message: Message): ServerMessage {
  switch (kindOf(message)) {
    case 'authenticated':
    case 'subscribed':
      return { kind: 'acknowledged' };
    case 'heartbeat':
      return { kind: 'heartbeat' };
    case 'failed': {
      const detail = failureOf(message);
      return { kind: 'ending', ending: { reason: reasonOfFailure(detail, 'server-error'), detail } };
    }
    case undefined:
      return { kind: 'refused', code: 'UnknownMessage', detail: 'a frame of no type that is known' };
  }
}

function messageOf({ value }: UntitledFrame): Message {
  return messageSchema.parse(value);
}

function kindOf({ type }: Message): Answer['kind'] | 'heartbeat' | undefined {
  return type === undefined ? undefined : KINDS.get(type.toLowerCase().replace(/[-_ ]/g, ''));
}

function failureOf({ code, message, error }: Message): string {
  return [code, error, message].filter(Boolean).join(': ') || 'an error that says no more';
}
