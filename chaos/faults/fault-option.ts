import { Option } from 'commander';
import { UsageError } from '../../bin/exit.ts';
import type { Shape } from '../listeners/shape.ts';
import { faultsNamed, HARMLESS } from './catalogue.ts';

/** For commander: which faults are played. */
export function faultOption(): Option {
  return new Option(
    '--fault <names>',
    `play these only, separated by commas, "${HARMLESS}" for all that may cost no frame; may be given again`,
  )
    .argParser((text: string, before: readonly string[]) => [
      ...before,
      ...text.split(',').filter((name) => name !== ''),
    ])
    .default([], 'all');
}

/** @throws {UsageError} for a name that is no fault, or one of another shape of listener */
export function checkFaults(names: readonly string[], shape: Shape): void {
  try {
    const other = faultsNamed(names).find(
      ({ name, onlyShape = shape }) => names.includes(name) && onlyShape !== shape,
    );
    if (other !== undefined)
      throw new UsageError(`--fault: ${other.name} can't happen with --shape ${shape}`);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`--fault: ${error.message}`) : error;
  }
}
