import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../bin/commands/numbers.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from '../../bin/exit.ts';
import { checkFaults, faultOption } from '../faults/fault-option.ts';
import { SHAPES, type Shape } from '../listeners/shape.ts';
import { argumentsOf } from './arguments.ts';
import { KEPT_SEEDS } from './kept.ts';
import { type Asked, playsOf } from './plays.ts';
import { Campaign, markdownTable } from './table.ts';

const HELP = `
Runs a campaign for each of a row of seeds, several at a time, and prints a table of them in Markdown. Every other seed
has a standby. What a failed campaign has to say goes to the error output. With --kept those are run that once failed:
${KEPT_SEEDS.map(({ seed, why }) => `  ${String(seed).padStart(3)}  ${why}`).join('\n')}

Exit codes: 0 every campaign passed; 1 one failed, or could not be run; 2 wrong usage.

Examples:
  npm run chaos:seeds -- --from 101 --count 50
  npm run chaos:seeds -- --from 301 --count 20 --fault harmless
  npm run chaos:seeds -- --from 1 --count 4 --seconds 30 --at-a-time 2
  npm run chaos:seeds -- --shape relay --at-a-time 1
  npm run chaos:seeds -- --kept`;

interface Flags extends Asked {
  readonly atATime: number;
  readonly shape: Shape;
}

/**
 * Runs the command line for rows of seeds.
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const number = (flags: string, text: string, least: number, most: number) =>
    new Option(flags, text).argParser(wholeNumber(least, most));
  const program = new Command('chaos:seeds')
    .description('Run a campaign for each of a row of seeds, and print a table of them')
    .addOption(number('--from <n>', 'the first seed', 0, 1_000_000_000).default(1))
    .addOption(number('--count <n>', 'how many seeds; 10, or all that are kept, unless said', 1, 10_000))
    .addOption(number('--seconds <n>', 'how long there is load in each', 5, 86_400).default(60))
    .addOption(number('--at-a-time <n>', 'how many run at the same time', 1, 16).default(2))
    .addOption(new Option('--shape <name>', 'of the listeners').choices(SHAPES).default('fargate'))
    .addOption(faultOption())
    .option('--kept', 'take those that once failed, and no more or longer ones than is said')
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      exitCode = await runSeeds(flags);
    });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

async function runSeeds({ atATime, shape, ...asked }: Flags): Promise<number> {
  checkFaults(asked.fault, shape);
  // Loaded only here, so that help and wrong usage are answered at once.
  const { bundleListener } = await import('../listeners/bundle.ts');
  const folder = mkdtempSync(join(tmpdir(), 'seeds-'));
  const listener = join(folder, 'listener.mjs');
  bundleListener(listener, shape);
  const done: Campaign[] = [];
  let unrunnable = 0;
  const plays = playsOf(asked);
  const left = plays.values();
  const runOneByOne = async () => {
    for (const play of left) {
      const campaign = await runCampaign([...argumentsOf(play), '--shape', shape, '--listener', listener]);
      if (typeof campaign === 'string') unrunnable++;
      else done.push(campaign);
      const fate = typeof campaign === 'string' ? campaign : campaign.verdict;
      process.stderr.write(`${done.length + unrunnable} of ${plays.length}: seed ${play.seed} ${fate}\n`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, runOneByOne));
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`${markdownTable(done)}\n`);
  return unrunnable === 0 && done.every(({ verdict }) => verdict === 'passed') ? EXIT_OK : EXIT_FAILURE;
}

/**
 * A process of its own for each, so that one that fails takes no other along.
 * @returns what it told of itself, or how it ended when it told nothing
 */
async function runCampaign(args: readonly string[]): Promise<Campaign | string> {
  const program = join(import.meta.dirname, '../main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString('utf8');
  });
  const end = await new Promise((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  const parsed = Campaign.safeParse(parse(output.trim().split('\n').at(-1) ?? ''));
  return parsed.data ?? `could not be run: ${end}`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
