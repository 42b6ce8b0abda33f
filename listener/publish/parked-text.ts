import { z } from 'zod';
import { scanMembers } from '../contract/json-members.ts';
import { BridgeError } from '../errors.ts';
import type { ParkedEvent, ParkedItem, ParkingReason } from './parking.ts';

/** Of every text that is parked; what an earlier version has parked has none. */
const FORMAT_VERSION = 1;

/** What lies in a parking lot. */
export interface ParkedRecord {
  /** ISO 8601. */
  readonly parkedAt: string;
  readonly reason: ParkingReason;
  readonly item: ParkedItem;
}

/** What lies in a parking lot in the place of an item that is too large for it. */
export interface ParkedReference extends Omit<ParkedRecord, 'item'> {
  /** Where the whole record is, in the payload store. */
  readonly itemRef: string;
}

/** A text is nothing that this version can have parked. */
export class ParkedTextError extends BridgeError {
  readonly code = 'ParkedTextUnreadable';
  readonly canRetry = false;
}

const payload = z.object({ ref: z.string(), body: z.string() });
const event = z.object({
  kind: z.literal('event'),
  eventId: z.string(),
  orderingKey: z.string(),
  source: z.string(),
  detailType: z.string(),
  detail: z.union([z.string(), z.record(z.string(), z.unknown())]),
  time: z.iso.datetime(),
  payload: payload.optional(),
});
const frame = z.object({
  kind: z.literal('frame'),
  receivedAt: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  body: z.string(),
});
const head = {
  formatVersion: z.literal(FORMAT_VERSION).optional(),
  parkedAt: z.string(),
  reason: z.object({ code: z.string(), message: z.string(), attempts: z.number() }),
};
const parked = z.union([
  z.object({ ...head, item: z.discriminatedUnion('kind', [event, frame]) }),
  z.object({ ...head, itemRef: z.string() }),
]);

/** One line of a parking file, without the line feed: the detail is a string in it. */
export function parkedLine({ parkedAt, reason, item }: ParkedRecord): string {
  return JSON.stringify({ formatVersion: FORMAT_VERSION, parkedAt, reason, item });
}

/**
 * The body of a message: the detail is a JSON object in it, so that an EventBridge Pipe can pass it on, and no byte
 * of it is written anew, unless it is no JSON object; then it is a string.
 */
export function parkedMessage(record: ParkedRecord): string {
  const { item } = record;
  if (item.kind === 'frame' || !isJsonObject(item.detail)) return sendable(parkedLine(record));
  const { detail, ...rest } = item;
  const withoutDetail = parkedLine({ ...record, item: { ...rest, detail: '' } });
  return sendable(`${withoutDetail.slice(0, -'""}}'.length)}${detail}}}`);
}

/** The body of a message for an item that is too large for one. */
export function parkedReference({ parkedAt, reason, itemRef }: ParkedReference): string {
  return JSON.stringify({ formatVersion: FORMAT_VERSION, parkedAt, reason, itemRef });
}

/** Whether an event can be passed on by what maps members of a message, and not only by this program. */
export function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * Reads what `parkedLine`, `parkedMessage` or `parkedReference` wrote.
 * @throws {ParkedTextError} it is none of them: torn, made by others, or of a later version
 */
export function readParked(text: string): ParkedRecord | ParkedReference {
  const record = parse(text);
  if ('itemRef' in record) return record;
  const { item, parkedAt, reason } = record;
  if (item.kind === 'frame') return { parkedAt, reason, item };
  const detail = typeof item.detail === 'string' ? item.detail : rawDetail(text);
  return { parkedAt, reason, item: withPayload({ ...item, detail }) };
}

function parse(text: string): z.infer<typeof parked> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ParkedTextError('no JSON', { cause });
  }
  const result = parked.safeParse(value);
  if (result.success) return result.data;
  const version = z.object({ formatVersion: z.number() }).safeParse(value);
  throw new ParkedTextError(
    version.success && version.data.formatVersion !== FORMAT_VERSION
      ? `it was parked in format ${version.data.formatVersion}, which this version doesn't know`
      : 'nothing that was parked by a listener',
  );
}

/** An absent member and an undefined one are two things to the type. */
function withPayload({
  payload: kept,
  ...item
}: Omit<ParkedEvent, 'payload'> & { payload?: ParkedEvent['payload'] }) {
  return kept === undefined ? item : { ...item, payload: kept };
}

/** The detail as it stands in the text. */
function rawDetail(text: string): string {
  return rawMember(rawMember(text, 'item'), 'detail');
}

function rawMember(text: string, key: string): string {
  // Of two members with one name JSON.parse takes the last.
  const member = scanMembers(text).findLast((each) => each.key === key);
  if (member === undefined) throw new ParkedTextError(`no member "${key}"`);
  return text.slice(member.valueStart, member.valueEnd);
}

/** Of what JSON can hold unescaped, SQS takes all but these two characters, which an escape says as well. */
function sendable(text: string): string {
  return text.replaceAll('\ufffe', '\\ufffe').replaceAll('\uffff', '\\uffff');
}
