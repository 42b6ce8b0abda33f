import { Command, Option } from 'commander';
import { namesAnOrganisation, readConfig, SETTINGS } from '../../listener/config.ts';
import { type Environment, UsageError } from '../exit.ts';
import { positiveNumber, wholeNumber } from './numbers.ts';

const DEFAULT_RATE = 30;
const DEFAULT_SEED = 1;

const HELP = `
What it connects to is set by environment variables alone:

${SETTINGS.map(formatSetting).join('\n')}

With none of the first three, no TOPICS and no GENESYSCLOUD_ORG_ID it runs on this machine: a mock Genesys Cloud with
a contact centre that is alive, the real listener, and a local event bus (or the one that EVENT_BUS_NAME names).
With credentials and what to listen to it is the listener alone: JSON log lines and CloudWatch metrics on standard
output, /healthz and /readyz over HTTP, and SIGTERM publishes what was received before it ends.

Exit codes: 0 stopped in order; 1 something was lost, or a failure; 2 the configuration can't be used.

Examples:
  conversation-bridge start --events 300
  conversation-bridge start --rate 200 --seed 7 --json
  TOPICS=queues:* GENESYS_SECRET_ID=conversation-bridge/genesys conversation-bridge start`;

interface StartFlags {
  readonly events?: number;
  readonly rate?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly localBus?: boolean;
}

/** `start`: the listener, alone or with everything it needs around it. */
export function startCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('start')
    .description('Listen to conversation updates and publish them')
    .addOption(new Option('--events <n>', 'stop after n published notifications').argParser(wholeNumber(1)))
    .addOption(
      new Option(
        '--rate <n>',
        `conversation updates a second of the mock (default: ${DEFAULT_RATE})`,
      ).argParser(positiveNumber),
    )
    .addOption(
      new Option('--seed <n>', `another seed, another contact centre (default: ${DEFAULT_SEED})`).argParser(
        wholeNumber(0),
      ),
    )
    .option('--json', 'a JSON object for each event, and one that sums up as the last line')
    .option('--local-bus', 'with a real organisation: publish to a local bus and show the events')
    .addHelpText('after', HELP)
    .action(async (flags: StartFlags) => {
      done(await start(env, flags));
    });
}

async function start(env: Environment, flags: StartFlags): Promise<number> {
  const realOrganisation = namesAnOrganisation(env);
  if (realOrganisation && (flags.rate !== undefined || flags.seed !== undefined))
    throw new UsageError('--rate and --seed are for the mock; the environment names an organisation');
  // What is wrong with the configuration is said before anything is loaded for it.
  if (realOrganisation) readConfig(env);
  if (realOrganisation && !flags.localBus) {
    const { runListener } = await import('../../listener/main.ts');
    return runListener(env, { stopAfter: flags.events });
  }
  // Loaded only here, so that the listener alone never loads the mock.
  const { runOnLaptop } = await import('../laptop/run.ts');
  return runOnLaptop(env, {
    events: flags.events,
    rate: flags.rate ?? DEFAULT_RATE,
    seed: flags.seed ?? DEFAULT_SEED,
    json: flags.json ?? false,
    mockOrganisation: !realOrganisation,
    localBus: flags.localBus ?? (env['EVENT_BUS_NAME'] ?? '') === '',
  });
}

function formatSetting(setting: { name: string; meaning: string; fallback?: string }): string {
  const fallback = setting.fallback === undefined ? '' : ` (default: ${setting.fallback})`;
  return `  ${setting.name}\n      ${setting.meaning}${fallback}`;
}
