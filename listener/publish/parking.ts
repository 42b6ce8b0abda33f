import type { Payload } from './payload-store.ts';

/** Why something could not be published. */
export interface ParkingReason {
  /** Stable and machine-readable: the bus's error code, or one of the bridge's own. */
  readonly code: string;
  readonly message: string;
  /** How many times it was sent. 0: it was never tried. */
  readonly attempts: number;
}

/** An event, complete, that the bus did not take. It can be sent again as it is, under the same event id. */
export interface ParkedEvent {
  readonly kind: 'event';
  readonly eventId: string;
  /** The key within which order is kept: a conversation's id or a topic. */
  readonly orderingKey: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  /** ISO 8601. */
  readonly time: string;
  /** The body that `detail` refers to; replaying keeps it before it sends the event. */
  readonly payload?: Payload | undefined;
}

/** A frame from the socket that could not be made into an event. */
export interface ParkedFrame {
  readonly kind: 'frame';
  readonly receivedAt: string;
  readonly encoding: 'utf8' | 'base64';
  readonly body: string;
}

export type ParkedItem = ParkedEvent | ParkedFrame;

/** Where goes what can't be published, so that it can be looked at and replayed. */
export interface ParkingLot {
  /**
   * Resolves once the item is kept safely.
   * @throws {BridgeError} when it could not be kept
   */
  park(item: ParkedItem, reason: ParkingReason): Promise<void>;
}
