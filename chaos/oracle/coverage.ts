import type { PlayedFault, SeenGap } from './records.ts';

/**
 * How far a gap may be off and still tell of what is missing, milliseconds: a frame can be written just before the
 * connection is cut and just before it is live, and the bridge can only know what it has received.
 */
export const GAP_MARGIN_MS = 1_000;

/** How long before a fault something may have been received that a checkpoint does not know of yet, milliseconds. */
const UNSETTLED_MS = 4_000;
/** How long after a fault has healed the connection may take to be live again, milliseconds. */
const RECOVERY_MS = 15_000;

/** The gaps that tell of a moment, by the clock of the campaign. */
export function gapsCovering(
  at: number,
  gaps: readonly SeenGap[],
  faults: readonly PlayedFault[],
): readonly SeenGap[] {
  return gaps.filter((gap) => {
    const margin = GAP_MARGIN_MS + clockErrorOf(gap, faults);
    return gap.from - margin <= at && at <= (gap.until ?? Number.POSITIVE_INFINITY) + margin;
  });
}

/** Whether a fault that may cost frames accounts for a gap: planned changes must not cause any that does. */
export function isExcused(gap: SeenGap, faults: readonly PlayedFault[]): boolean {
  return faults.some((fault) => fault.mayMiss && isNear(gap, fault, faults));
}

/**
 * The gaps that nothing accounts for: neither a fault that may cost frames, nor calls that failed just when a planned
 * change needed them. A connection that was left before there was another one shows here, since what happens while no
 * socket is live is sent to nobody.
 */
export function needlessGaps(gaps: readonly SeenGap[], faults: readonly PlayedFault[]): readonly SeenGap[] {
  return gaps.filter(
    (gap) =>
      !isExcused(gap, faults) && !faults.some((fault) => fault.hindersCalls && isNear(gap, fault, faults)),
  );
}

function isNear(gap: SeenGap, fault: PlayedFault, faults: readonly PlayedFault[]): boolean {
  const margin = GAP_MARGIN_MS + clockErrorOf(gap, faults);
  const until = gap.until ?? Number.POSITIVE_INFINITY;
  return fault.from - UNSETTLED_MS <= until + margin && gap.from - margin <= fault.until + RECOVERY_MS;
}

/**
 * The gaps that nobody has closed. One whose listener died is closed with a later one that reaches over it: only its
 * own listener knew its id.
 */
export function openGaps(gaps: readonly SeenGap[]): readonly SeenGap[] {
  const closed = gaps.filter(({ closedAt }) => closedAt !== undefined);
  return gaps.filter(
    (gap) =>
      gap.closedAt === undefined &&
      !closed.some(
        ({ from, until = Number.NEGATIVE_INFINITY, closedAt = 0 }) =>
          closedAt >= gap.detectedAt &&
          from <= gap.from + GAP_MARGIN_MS &&
          until >= (gap.until ?? gap.detectedAt) - GAP_MARGIN_MS,
      ),
  );
}

/** A gap is told in the listener's time, and a fault may have moved that. */
function clockErrorOf(gap: SeenGap, faults: readonly PlayedFault[]): number {
  const last = gap.closedAt ?? Number.POSITIVE_INFINITY;
  const shifts = faults
    .filter(({ from, until }) => from <= last && until >= gap.detectedAt - RECOVERY_MS)
    .map(({ clockShiftMs }) => Math.abs(clockShiftMs));
  return Math.max(0, ...shifts);
}
