import { Command, Option } from 'commander';
import { positiveNumber, wholeNumber } from './numbers.ts';

const HELP = `
The mock knows one OAuth client; it prints the environment variables that point the listener at it, and
with --json one JSON object with the same. It stops at Ctrl+C.

Examples:
  conversation-bridge mock --port 8090
  conversation-bridge mock --rate 100 --seed 7
  conversation-bridge mock --list-switches`;

interface MockFlags {
  readonly port: number;
  readonly rate: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly listSwitches?: boolean;
}

/** `mock`: a Genesys Cloud on this machine, for whatever client. */
export function mockCommand(done: (exitCode: number) => void): Command {
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
    .addHelpText('after', HELP)
    .action(async (flags: MockFlags) => {
      const { listSwitches, serveMock } = await import('../laptop/serve-mock.ts');
      if (flags.listSwitches) listSwitches(flags.json ?? false);
      else await serveMock({ ...flags, json: flags.json ?? false });
      done(0);
    });
}
