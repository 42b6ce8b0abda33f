import { z } from 'zod';
import { MAX_DETAIL_DEPTH, MAX_DETAIL_TYPE_LENGTH, MAX_SOURCE_LENGTH } from './limits.ts';
import type { RequestEntry } from './put-events-request.ts';

/** Why one entry was refused. */
export interface EntryFailure {
  readonly code: string;
  readonly message: string;
}

/** An entry with everything that an event needs. */
export interface CheckedEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detailText: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The outcome for one entry. */
export type EntryCheck =
  | { readonly ok: true; readonly entry: CheckedEntry }
  | { readonly ok: false; readonly failure: EntryFailure };

/**
 * Checks what makes AWS refuse one entry and take the others.
 *
 * The API reference also says that a request in which no entry has all required properties fails as a whole;
 * recordings of the service show such a request answered entry by entry, and that is what happens here.
 */
export function checkEntry(entry: RequestEntry): EntryCheck {
  const { Source: source, DetailType: detailType, Detail: detailText } = entry;
  // An empty string counts as missing, as it does for the service.
  if (!source) return invalid('Source', 'Source is a required argument.');
  if (!detailType) return invalid('DetailType', 'DetailType is a required argument.');
  if (!detailText) return invalid('Detail', 'Detail is a required argument.');
  // For these two the service's wording is not known; one report says that it drops such events in silence.
  // A refusal is what a developer can see.
  if (source.length > MAX_SOURCE_LENGTH) return invalid('Source', tooLong('Source', MAX_SOURCE_LENGTH));
  if (detailType.length > MAX_DETAIL_TYPE_LENGTH) {
    return invalid('DetailType', tooLong('DetailType', MAX_DETAIL_TYPE_LENGTH));
  }
  if (source.startsWith('aws.')) {
    return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = parseDetail(detailText);
  if (!detail) return failed('MalformedDetail', 'Detail is malformed.');
  return { ok: true, entry: { source, detailType, detailText, detail } };
}

const failed = (code: string, message: string): EntryCheck => ({ ok: false, failure: { code, message } });

const invalid = (parameter: string, reason: string) =>
  failed('InvalidArgument', `Parameter ${parameter} is not valid. Reason: ${reason}`);

const tooLong = (parameter: string, length: number) =>
  `${parameter} must have length less than or equal to ${length}.`;

const anyObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

function parseDetail(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Not lost: the caller answers MalformedDetail. Anything but a syntax error would be a fault of ours.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const detail = anyObject.safeParse(value);
  return detail.success && isShallowEnough(text) ? detail.data : undefined;
}

function isShallowEnough(json: string): boolean {
  // Each level takes two brackets, so a short text needs no scan.
  if (json.length <= 2 * MAX_DETAIL_DEPTH) return true;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      if (++depth > MAX_DETAIL_DEPTH) return false;
    } else if (char === '}' || char === ']') depth--;
  }
  return true;
}
