import type { BusEntry } from './event-bus.ts';

/** PutEvents takes at most this many entries a request (AWS API reference, PutEvents, `Entries`). */
export const MAX_ENTRIES_PER_REQUEST = 10;

/**
 * The most bytes the entries of one request may add up to, by `entrySize`.
 *
 * AWS's SDK documentation of PutEvents (client-eventbridge 3.1169) says that the total "must be less than 1MB",
 * and not whether a megabyte is 1,000,000 or 1,048,576 bytes; older pages of the user guide still say 256 KB.
 * This is the strict reading of the smaller megabyte, so it holds either way.
 */
export const MAX_REQUEST_BYTES = 999_999;

/** What AWS counts for a `Time`, whatever its value. */
const TIME_BYTES = 14;

/**
 * The size of an entry in bytes, as AWS counts it (EventBridge user guide, "Calculating PutEvents event entry size"):
 * 14 for the time, and the UTF-8 length of source, detail type and detail.
 * Our entries have no resources, which would count too.
 */
export function entrySize(entry: BusEntry): number {
  return (
    TIME_BYTES +
    Buffer.byteLength(entry.source) +
    Buffer.byteLength(entry.detailType) +
    Buffer.byteLength(entry.detail)
  );
}
