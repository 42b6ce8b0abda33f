/** Entries in one request, at most. Source: PutEvents API reference, Entries. */
export const MAX_ENTRIES = 10;

/**
 * Bytes of all entries of one request together, at most.
 *
 * The PutEvents reference says "less than 1MB" and not which megabyte. A published measurement saw 1,048,576
 * bytes accepted and one more refused. The smaller megabyte is enforced, so what passes here passes there.
 */
export const MAX_REQUEST_BYTES = 1_000_000;

/**
 * Bytes of an HTTP body, at most; more gets status 413 with an empty body, as the service is known to answer.
 * Where the service draws this line is not documented. JSON may write one byte of an entry as six (`\u0001`),
 * so this leaves room for any request that is within `MAX_REQUEST_BYTES`.
 */
export const MAX_BODY_BYTES = 8_000_000;

/** Characters of a detail type, at most. Source: PutEventsRequestEntry. */
export const MAX_DETAIL_TYPE_LENGTH = 128;

/** Characters of a source, at most. Source: the Scheduler and Pipes references, where they describe PutEvents. */
export const MAX_SOURCE_LENGTH = 256;

/** Characters of one resource, at most. Source: PutEventsRequestEntry. */
export const MAX_RESOURCE_LENGTH = 2048;

/** Characters of a bus name or ARN, at most. Source: PutEventsRequestEntry. */
export const MAX_BUS_NAME_LENGTH = 1600;

/** Characters of an X-Ray trace header, at most. Source: PutEventsRequestEntry. */
export const MAX_TRACE_HEADER_LENGTH = 500;

/** Levels of nesting in a detail that are processed. Source: PutEvents API reference, note. */
export const MAX_DETAIL_DEPTH = 1000;

/** Bytes that a time counts for, if there is one. Source: EventBridge User Guide, entry size. */
const TIME_BYTES = 14;

/** What the size of an entry depends on. */
interface SizedEntry {
  readonly Time?: number | null | undefined;
  readonly Source?: string | null | undefined;
  readonly DetailType?: string | null | undefined;
  readonly Detail?: string | null | undefined;
  readonly Resources?: readonly string[] | null | undefined;
}

/**
 * Bytes of one entry by AWS's own formula: 14 for the time, and source, detail type, detail and resources in
 * UTF-8. The trace header and the bus name count for nothing. Source: EventBridge User Guide, entry size.
 */
export function entryBytes(entry: SizedEntry): number {
  let bytes = entry.Time == null ? 0 : TIME_BYTES;
  bytes += Buffer.byteLength(entry.Source ?? '');
  bytes += Buffer.byteLength(entry.DetailType ?? '');
  bytes += Buffer.byteLength(entry.Detail ?? '');
  for (const resource of entry.Resources ?? []) bytes += Buffer.byteLength(resource);
  return bytes;
}
