import type { Play } from './kept.ts';

/** The command line of a campaign. */
export function argumentsOf({ seed, seconds, standby, faults }: Play): string[] {
  return [
    '--seed',
    String(seed),
    '--seconds',
    String(seconds),
    ...(standby ? ['--standby'] : []),
    ...(faults.length === 0 ? [] : ['--fault', faults.join(',')]),
  ];
}
