import { randomUUID } from 'node:crypto';
import type { CheckedEntry } from './entry-check.ts';

/** The account that all events come from: the one AWS's documentation uses. */
export const ACCOUNT = '123456789012';

/** An event that the bus took: EventBridge's envelope, and what a test wants to know besides. */
export interface BusEvent {
  readonly version: '0';
  /** The EventId that PutEvents answered. */
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds, e.g. `2026-01-05T09:00:00Z`: EventBridge drops the fraction. */
  readonly time: string;
  /** The region that the request was signed for. */
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** The detail byte for byte as it was sent. */
  readonly detailText: string;
  /** The bus that took it; not part of EventBridge's envelope. */
  readonly busName: string;
  /** When the bus took it, milliseconds since the Unix epoch; not part of EventBridge's envelope. */
  readonly takenAt: number;
}

/** Puts the envelope around an entry. */
export function toBusEvent(
  entry: CheckedEntry,
  options: {
    readonly busName: string;
    readonly region: string;
    readonly resources: readonly string[];
    /** Milliseconds since the Unix epoch. */
    readonly takenAt: number;
    /** Seconds since the Unix epoch; without it, the time of the call counts. */
    readonly time: number | undefined;
  },
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.detailType,
    source: entry.source,
    account: ACCOUNT,
    time: wholeSeconds(options.time ?? options.takenAt / 1000),
    region: options.region,
    resources: options.resources,
    detail: entry.detail,
    detailText: entry.detailText,
    busName: options.busName,
    takenAt: options.takenAt,
  };
}

function wholeSeconds(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
}
