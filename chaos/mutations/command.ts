import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../bin/commands/numbers.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from '../../bin/exit.ts';
import { MUTATIONS, type Mutation } from './list.ts';

const HELP = `
Each mutation changes one line of the listener in a copy of its sources, so that a promise is broken, and runs the
campaign on it. The campaign must fail: one that passes has not looked. With --control the same campaigns are run on the
listener as it is, where each must pass: one that fails proves nothing about a mutant.

Exit codes: 0 every mutant was noticed, or every control passed; 1 one was not, could not be run, or its line is not
there exactly once; 2 wrong usage.

Mutations:
${MUTATIONS.map(({ name, file }) => `  ${name} (${file})`).join('\n')}

Examples:
  npm run chaos:mutations
  npm run chaos:mutations -- --only echo`;

interface Result {
  readonly name: string;
  readonly fate: string;
  /** What the campaign said, or why it could not be run. */
  readonly says: readonly string[];
  readonly seconds: number;
}

interface Flags {
  readonly only?: string;
  readonly attempts: number;
  readonly control?: boolean;
  readonly json?: boolean;
}

/**
 * Runs the mutations' command line.
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const program = new Command('chaos:mutations')
    .description('Break the listener line by line, and see whether the campaign notices')
    .option('--only <text>', 'those whose name has this in it')
    .addOption(
      new Option('--attempts <n>', 'campaigns for each, with another seed each time, until it is noticed')
        .argParser(wholeNumber(1, 100))
        .default(2),
    )
    .option('--control', 'run the campaigns on the listener as it is')
    .option('--json', 'print one JSON object as the last line')
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      const chosen = MUTATIONS.filter(({ name }) => name.includes(flags.only ?? ''));
      if (chosen.length === 0) throw new UsageError(`--only: no mutation has "${flags.only}" in its name`);
      exitCode = await (flags.control ? runControls(chosen, flags) : runMutations(chosen, flags));
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

async function runMutations(chosen: readonly Mutation[], { attempts, json }: Flags): Promise<number> {
  const results: Result[] = [];
  for (const mutation of chosen) results.push(await timed(mutation.name, () => one(mutation, attempts)));
  const killed = results.filter(({ fate }) => fate === 'killed').length;
  const summary = { mutations: results.length, killed, results };
  process.stdout.write(
    json ? `${JSON.stringify(summary)}\n` : `${killed} of ${results.length} were noticed\n`,
  );
  return killed === results.length ? EXIT_OK : EXIT_FAILURE;
}

/** Each campaign once, however many mutations it is for. */
async function runControls(chosen: readonly Mutation[], { attempts, json }: Flags): Promise<number> {
  const { buildMutant, playCampaign } = await import('./mutant.ts');
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  const results: Result[] = [];
  try {
    const [first] = chosen;
    const bundle = first === undefined ? '' : buildMutant({ ...first, replace: first.find }, folder);
    for (const campaign of new Set(chosen.map(({ args }) => args.join(' '))))
      for (let seed = 1; seed <= attempts; seed += 1) {
        const args = [...campaign.split(' '), '--seed', String(seed)];
        results.push(
          await timed(args.join(' '), async () => {
            const result = await playCampaign([...args, '--listener', bundle], folder);
            if (result.fate === 'survived') return { fate: 'passed', says: [] };
            return { fate: 'failed', says: result.fate === 'killed' ? result.failures : [result.error] };
          }),
        );
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const passed = results.filter(({ fate }) => fate === 'passed').length;
  const summary = { controls: results.length, passed, results };
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${passed} of ${results.length} passed\n`);
  return passed === results.length ? EXIT_OK : EXIT_FAILURE;
}

/** Runs one, and says how it went and how long it took. */
async function timed(name: string, run: () => Promise<Pick<Result, 'fate' | 'says'>>): Promise<Result> {
  const started = performance.now();
  const { fate, says } = await run();
  const seconds = Math.round((performance.now() - started) / 1000);
  const lines = says.map((line) => `\n          ${line}`).join('');
  process.stderr.write(`${fate.padEnd(9)} ${name} (${seconds} s)${lines}\n`);
  return { name, fate, says, seconds };
}

async function one(mutation: Mutation, attempts: number): Promise<{ fate: string; says: readonly string[] }> {
  // Loaded only here, so that help and wrong usage are answered at once.
  const { buildMutant, occurrencesOf, tryMutant } = await import('./mutant.ts');
  const occurrences = occurrencesOf(mutation);
  if (occurrences !== 1)
    return { fate: 'misplaced', says: [`its line is ${occurrences} times in ${mutation.file}`] };
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  try {
    const result = await tryMutant(mutation, buildMutant(mutation, folder), folder, attempts);
    if (result.fate === 'killed') return { fate: result.fate, says: result.failures.slice(0, 3) };
    return { fate: result.fate, says: result.fate === 'unusable' ? [result.error] : [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
