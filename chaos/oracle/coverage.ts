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

/**
 * The gaps, those without an end with that of the gap that was closed in their place: the listener that could have told
 * the end has died.
 */
export function withEnds(gaps: readonly SeenGap[]): readonly SeenGap[] {
  return gaps.map((gap) => {
    if (gap.until !== undefined) return gap;
    const { until, closedAt } = closerOf(gap, gaps) ?? gap;
    return { ...gap, until, closedAt };
  });
}

/** The gaps that tell of a moment, by the clock of the campaign. */
export function gapsCovering(
  at: number,
  gaps: readonly SeenGap[],
  faults: readonly PlayedFault[],
): readonly SeenGap[] {
  return gaps.filter((gap) => {
    const margin = marginOf(gap, faults);
    return gap.from - margin <= at && at <= (gap.until ?? Number.POSITIVE_INFINITY) + margin;
  });
}

/** Whether a fault that may cost frames accounts for a gap: planned changes must not cause any that does. */
function isExcused(gap: SeenGap, faults: readonly PlayedFault[]): boolean {
  return faults.some((fault) => fault.mayMiss && isNear(gap, fault, faults));
}

/** Whether what was sent at a moment may be missing: it is in a gap, and a fault that may cost it accounts for that. */
export function mayBeMissing(
  at: number,
  { gaps, faults }: { readonly gaps: readonly SeenGap[]; readonly faults: readonly PlayedFault[] },
): boolean {
  const wasHeldUp = (before: number) =>
    at <= before && faults.some(({ holdsUpBus, from, until }) => holdsUpBus && from <= before && until >= at);
  return gapsCovering(at, gaps, faults).some(
    (gap) =>
      isExcused(gap, faults) ||
      faults.some(
        (fault) =>
          fault.mayMissBefore !== undefined && wasHeldUp(fault.mayMissBefore) && isNear(gap, fault, faults),
      ),
  );
}

/** The reason of a gap that a successor tells of, since it was not there for all that its predecessor had not settled. */
export const TAKEOVER = 'takeover';

/**
 * The gaps that nothing accounts for: neither a fault that may cost frames, nor calls that failed just when a planned
 * change needed them, nor, when the lease has moved, a bus that held up what its holder had received. A connection that was left before there was another one shows here, since what happens while no
 * socket is live is sent to nobody.
 */
export function needlessGaps(gaps: readonly SeenGap[], faults: readonly PlayedFault[]): readonly SeenGap[] {
  return gaps.filter(
    (gap) =>
      !isExcused(gap, faults) &&
      !faults.some(
        (fault) =>
          (fault.hindersCalls || (fault.holdsUpBus && gap.reason === TAKEOVER)) && isNear(gap, fault, faults),
      ),
  );
}

function isNear(gap: SeenGap, fault: PlayedFault, faults: readonly PlayedFault[]): boolean {
  const margin = marginOf(gap, faults);
  const until = gap.until ?? Number.POSITIVE_INFINITY;
  return fault.from - UNSETTLED_MS <= until + margin && gap.from - margin <= fault.until + RECOVERY_MS;
}

/** The gaps that nobody has closed. */
export function openGaps(gaps: readonly SeenGap[]): readonly SeenGap[] {
  return gaps.filter((gap) => gap.closedAt === undefined && closerOf(gap, gaps) === undefined);
}

/** A gap whose listener died is closed with a later one that reaches over it: only its own listener knew its id. */
function closerOf(gap: SeenGap, gaps: readonly SeenGap[]): SeenGap | undefined {
  return gaps.find(
    ({ from, until = Number.NEGATIVE_INFINITY, closedAt = Number.NEGATIVE_INFINITY }) =>
      closedAt >= gap.detectedAt &&
      from <= gap.from + GAP_MARGIN_MS &&
      until >= (gap.until ?? gap.detectedAt) - GAP_MARGIN_MS,
  );
}

/** How far the times of a gap may be off, by the clock of the campaign; milliseconds. */
export function marginOf(gap: SeenGap, faults: readonly PlayedFault[]): number {
  return GAP_MARGIN_MS + clockErrorOf(gap, faults);
}

/** A gap is told in the listener's time, and a fault may have moved that. */
function clockErrorOf(gap: SeenGap, faults: readonly PlayedFault[]): number {
  const last = gap.closedAt ?? Number.POSITIVE_INFINITY;
  const shifts = faults
    .filter(({ from, until }) => from <= last && until >= gap.detectedAt - RECOVERY_MS)
    .map(({ clockShiftMs }) => Math.abs(clockShiftMs));
  return Math.max(0, ...shifts);
}
