import { ACCESS_FAULTS } from './access.ts';
import { API_FAULTS } from './api.ts';
import { BUS_FAULTS } from './bus.ts';
import type { Fault } from './fault.ts';
import { FRAME_FAULTS } from './frames.ts';
import { NETWORK_FAULTS } from './network.ts';
import { PROCESS_FAULTS } from './processes.ts';
import { RELAY_FAULTS } from './relays.ts';

/** Every fault that a campaign can play. */
export const FAULTS: readonly Fault[] = [
  ...NETWORK_FAULTS,
  ...ACCESS_FAULTS,
  ...PROCESS_FAULTS,
  ...RELAY_FAULTS,
  ...API_FAULTS,
  ...BUS_FAULTS,
  ...FRAME_FAULTS,
];

/**
 * Stands for all that may cost no frame: what is planned, and what fails elsewhere than on a connection. Nothing that hinders calls,
 * since a planned change that can't be made costs what a lost connection does.
 */
export const HARMLESS = 'harmless';

/**
 * The faults with these names, all of them for none.
 * @throws {RangeError} for a name that is none
 */
export function faultsNamed(names: readonly string[]): readonly Fault[] {
  const known = [...FAULTS.map(({ name }) => name), HARMLESS];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is no fault; there are ${known.join(', ')}`);
  if (names.length === 0) return FAULTS;
  return FAULTS.filter(
    ({ name, mayMiss, hindersCalls = false }) =>
      names.includes(name) || (names.includes(HARMLESS) && !mayMiss && !hindersCalls),
  );
}
