import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { wholeNumber } from '../../bin/commands/numbers.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from '../../bin/exit.ts';
import { MUTATIONS, type Mutation } from './list.ts';

const HELP = `
Each mutation changes one line of the listener in a copy of its sources, so that a promise is broken, and runs the
campaign on it. The campaign must fail: one that passes has not looked.

Exit codes: 0 every mutant was noticed; 1 one survived, could not be run, or its line is not there exactly once;
2 wrong usage.

Mutations:
${MUTATIONS.map(({ name, file }) => `  ${name} (${file})`).join('\n')}

Examples:
  npm run chaos:mutations
  npm run chaos:mutations -- --only echo`;

interface Flags {
  readonly only?: string;
  readonly attempts: number;
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
    .option('--json', 'print one JSON object as the last line')
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      exitCode = await runMutations(flags);
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

async function runMutations({ only = '', attempts, json = false }: Flags): Promise<number> {
  const chosen = MUTATIONS.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new UsageError(`--only: no mutation has "${only}" in its name`);
  const results: { name: string; fate: string; says: readonly string[] }[] = [];
  for (const mutation of chosen) {
    const { fate, says } = await one(mutation, attempts);
    results.push({ name: mutation.name, fate, says });
    process.stderr.write(
      `${fate.padEnd(9)} ${mutation.name}${says.map((line) => `\n          ${line}`).join('')}\n`,
    );
  }
  const killed = results.filter(({ fate }) => fate === 'killed').length;
  const summary = { mutations: results.length, killed, results };
  process.stdout.write(
    json ? `${JSON.stringify(summary)}\n` : `${killed} of ${results.length} were noticed\n`,
  );
  return killed === results.length ? EXIT_OK : EXIT_FAILURE;
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
