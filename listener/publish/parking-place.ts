import { isAccessProblem, isPermanentCall, isPermanentEntryCode } from './classify.ts';
import { LEASE_NOT_HELD } from './fenced-bus.ts';
import { PAYLOAD_NOT_STORED } from './offloading-bus.ts';
import type { ParkedItem, ParkingReason } from './parking.ts';

/**
 * Where something is parked that there are two places for. `parking`: the reason may pass, and sending it again
 * by itself is right. `dead-letter`: refused for good, so that somebody has to look.
 */
export type ParkingPlace = 'parking' | 'dead-letter';

/** The bridge's own codes, and where each leads. */
export const OWN_CODES = {
  BufferFull: 'parking',
  DrainDeadline: 'parking',
  EmptyResult: 'parking',
  EntryTooLarge: 'dead-letter',
  LeaseLost: 'parking',
  [LEASE_NOT_HELD]: 'parking',
  Overdue: 'parking',
  [PAYLOAD_NOT_STORED]: 'parking',
  ResultCountMismatch: 'parking',
  ShuttingDown: 'parking',
} as const satisfies Readonly<Record<string, ParkingPlace>>;

/**
 * Where an item belongs. A frame was never an event, so sending it again is no use; a missing permission is mended
 * by somebody, after which the event goes through; a code nobody knows may pass: nothing is given up by mistake.
 */
export function parkingPlace(
  item: Pick<ParkedItem, 'kind'>,
  { code }: Pick<ParkingReason, 'code'>,
): ParkingPlace {
  if (item.kind === 'frame') return 'dead-letter';
  if (isOwn(code)) return OWN_CODES[code];
  if (isAccessProblem(code)) return 'parking';
  return isPermanentEntryCode(code) || isPermanentCall(code, httpStatusIn(code)) ? 'dead-letter' : 'parking';
}

function isOwn(code: string): code is keyof typeof OWN_CODES {
  return Object.hasOwn(OWN_CODES, code);
}

/** A gateway's answer is named by its status alone. */
function httpStatusIn(code: string): number | undefined {
  const status = /^Http(\d{3})$/.exec(code)?.[1];
  return status === undefined ? undefined : Number(status);
}
