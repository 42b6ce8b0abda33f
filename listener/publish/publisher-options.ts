import type { Backoff } from '../backoff.ts';
import { MAX_ENTRIES_PER_REQUEST, MAX_REQUEST_BYTES } from './entry-size.ts';

export interface PublisherOptions {
  /** Requests at the same time, when the bus does not throttle. */
  readonly maxInFlight: number;
  /** How long an event may wait for company while another request is in flight, in milliseconds. */
  readonly lingerMs: number;
  readonly maxEntriesPerRequest: number;
  /** The most bytes the entries of a request may add up to. */
  readonly maxRequestBytes: number;
  /** An event that failed for a passing reason this many times is parked. */
  readonly maxAttempts: number;
  /**
   * An event whose turn, or whose next attempt, would come later than this after it was accepted is parked,
   * in milliseconds. It bounds what an outage piles up.
   */
  readonly maxAgeMs: number;
  /**
   * The most bytes of events that are neither acknowledged nor parked; an event beyond is parked at once.
   * What waits for the parking lot counts, too. Where even that fails, twice as many bytes are the end:
   * what comes beyond is lost.
   */
  readonly maxPendingBytes: number;
  /** Between the attempts of an event. */
  readonly retryBackoff: Backoff;
  /** Between the attempts to park an event. */
  readonly parkingBackoff: Backoff;
  /** How long the end of `drain` may take to park what the deadline left, in milliseconds. */
  readonly parkingGraceMs: number;
}

/**
 * Eight attempts take about 16 s on average, so that a short outage of the bus is sat out and a long one
 * goes to the parking lot within a minute, before it fills the memory.
 */
export const PUBLISHER_DEFAULTS: PublisherOptions = {
  maxInFlight: 8,
  lingerMs: 5,
  maxEntriesPerRequest: MAX_ENTRIES_PER_REQUEST,
  maxRequestBytes: MAX_REQUEST_BYTES,
  maxAttempts: 8,
  maxAgeMs: 60_000,
  maxPendingBytes: 64 * 1024 * 1024,
  retryBackoff: { baseMs: 250, capMs: 15_000 },
  parkingBackoff: { baseMs: 250, capMs: 15_000 },
  parkingGraceMs: 5_000,
};
