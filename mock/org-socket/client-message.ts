import { z } from 'zod';
import { duplicateKeys } from './duplicate-keys.ts';
import type { ClientFault } from './fault.ts';

const JsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.infer<typeof JsonObject>;

export interface ClientMessage {
  /** Absent when the bytes are no JSON object. */
  readonly object: JsonObject | undefined;
  /** What is wrong with the bytes, whatever they mean. */
  readonly faults: readonly ClientFault[];
}

/** Reads the bytes of a message. What a parser would forgive or hide is a fault here. */
export function readMessage(bytes: Uint8Array, isBinary: boolean): ClientMessage {
  if (isBinary) return broken('subscription.malformed', 'The message is binary; JSON text is expected');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return broken('subscription.malformed', 'The message is not valid UTF-8');
  }
  if (text.trim() === '') return broken('subscription.empty', 'The message is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return /^\s*[[{]/.test(text)
      ? broken('subscription.malformed', `The message is not valid JSON: ${error.message}`)
      : broken('subscription.raw.string', 'The message is no JSON; a JSON object is expected');
  }
  if (typeof value === 'string') {
    return broken('subscription.raw.string', 'The message is a JSON string; a JSON object is expected');
  }
  const object = JsonObject.safeParse(value);
  if (!object.success) return broken('subscription.malformed', 'The message is no JSON object');
  const faults = duplicateKeys(text).map(
    (key): ClientFault => ({
      code: 'subscription.duplicate.key',
      message: `The key "${key}" is there twice`,
    }),
  );
  return { object: object.data, faults };
}

function broken(code: ClientFault['code'], message: string): ClientMessage {
  return { object: undefined, faults: [{ code, message }] };
}
