import type { ParkedReason, PlayedFault } from './records.ts';

/** The bridge's word for what was parked because too much waited already. */
const NO_ROOM = 'BufferFull';
/** A bus that fails for less than this is sat out with the socket paused, so that nothing has to be parked; milliseconds. */
export const SAT_OUT_MS = 9_000;
/** Between two faults of the bus that are nearer, what has piled up can't go; milliseconds. */
const RECOVERY_MS = 3_000;
/** Larger than all that the smallest buffer of a campaign leaves free when the socket is paused, in characters. */
export const TOO_LARGE = 200_000;

/** What was parked for want of room though the bus had not failed for so long by then, and nothing was so large, that pausing the socket could not help. */
export function crowdedOut(
  reasons: readonly ParkedReason[],
  faults: readonly PlayedFault[],
): readonly ParkedReason[] {
  const beyond = outages(faults).map(({ from, until }) => ({ from: from + SAT_OUT_MS, until }));
  const filled = faults.filter(({ fillsBuffer }) => fillsBuffer);
  const clockError = Math.max(0, ...faults.map(({ clockShiftMs }) => Math.abs(clockShiftMs)));
  return reasons.filter(
    ({ code, at, size }) =>
      code === NO_ROOM &&
      size < TOO_LARGE &&
      ![...beyond, ...filled].some(
        ({ from, until }) =>
          from <= until && from - clockError <= at && at <= until + RECOVERY_MS + clockError,
      ),
  );
}

/** The times in which the bus failed; those that follow each other closely are one. */
function outages(
  faults: readonly PlayedFault[],
): readonly { readonly from: number; readonly until: number }[] {
  const merged: { from: number; until: number }[] = [];
  for (const { from, until } of faults
    .filter(({ holdsUpBus }) => holdsUpBus)
    .toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.until + RECOVERY_MS) last.until = Math.max(last.until, until);
    else merged.push({ from, until });
  }
  return merged;
}
