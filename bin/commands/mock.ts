import { Command, Option } from 'commander';
import { type Environment, UsageError } from '../exit.ts';
import { positiveNumber, wholeNumber } from './numbers.ts';

const HELP = `
The mock knows one OAuth client; it prints the environment variables that point the listener at it, and
with --json one JSON object with the same. It stops at Ctrl+C.

A fault is played on every connection that comes; several can be played at once. Some are played by the client's
environment, so start the client with the variables that are printed. JWT_VALIDATION_MODE in the environment says
what the org socket does with a faulty token or subscription: strict (default) cuts the connection with no close
frame, lenient answers with what is wrong.

Examples:
  conversation-bridge mock --port 8090
  conversation-bridge mock --rate 100 --seed 7
  conversation-bridge mock --list-switches
  conversation-bridge mock --list-faults
  conversation-bridge mock --fault connection-reset --at live
  JWT_VALIDATION_MODE=lenient conversation-bridge mock --dialect org-socket --fault scope-missing`;

/** Written down here, and not read from the mock, so that the command line starts without loading it. */
const MOMENTS = ['connect', 'auth', 'subscribe', 'after-subscribe', 'live'] as const;
const DIALECTS = ['channels', 'org-socket'] as const;
const VALIDATION_MODES = ['strict', 'lenient'] as const;

interface MockFlags {
  readonly port: number;
  readonly rate: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly listSwitches?: boolean;
  readonly listFaults?: boolean;
  readonly fault: readonly string[];
  readonly at?: (typeof MOMENTS)[number];
  readonly dialect: (typeof DIALECTS)[number];
}

/** `mock`: a Genesys Cloud on this machine, for whatever client. */
export function mockCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('mock')
    .description('Run a mock Genesys Cloud with a contact centre that is alive')
    .addOption(
      new Option('--port <n>', 'port of login, API and sockets; 0 takes a free one')
        .argParser(wholeNumber(0, 65_535))
        .default(0),
    )
    .addOption(
      new Option('--rate <n>', 'conversation updates a second').argParser(positiveNumber).default(30),
    )
    .addOption(
      new Option('--seed <n>', 'another seed, another contact centre').argParser(wholeNumber(0)).default(1),
    )
    .option('--json', 'print machine-readable lines')
    .option('--list-switches', 'list what the published sources leave open, and how the mock decides it')
    .addOption(
      new Option('--dialect <name>', 'what its client speaks')
        .choices(DIALECTS)
        .default('channels' satisfies MockFlags['dialect']),
    )
    .addOption(
      new Option('--fault <id>', 'play a fault; may be given again')
        .argParser((id: string, before: readonly string[]) => [...before, id])
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--at <moment>',
        'when those faults strike that can strike then (default: as each has it)',
      ).choices(MOMENTS),
    )
    .option('--list-faults', 'list the faults, and the cause that each should be told by')
    .addHelpText('after', HELP)
    .action(async ({ json = false, at: moment, fault: faults, ...flags }: MockFlags) => {
      const { listFaults, listSwitches, serveMock } = await import('../laptop/serve-mock.ts');
      if (flags.listSwitches) listSwitches(json);
      else if (flags.listFaults) listFaults(json);
      else
        await serveMock({
          ...flags,
          json,
          moment,
          faults,
          switches: { jwtValidationMode: validationMode(env) },
        });
      done(0);
    });
}

function validationMode(env: Environment): (typeof VALIDATION_MODES)[number] {
  const given = env['JWT_VALIDATION_MODE']?.trim() || 'strict';
  const mode = VALIDATION_MODES.find((other) => other === given);
  if (mode === undefined)
    throw new UsageError(`JWT_VALIDATION_MODE: "${given}" is not one of ${VALIDATION_MODES.join(', ')}`);
  return mode;
}
