import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { positiveNumber, wholeNumber } from '../bin/commands/numbers.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from '../bin/exit.ts';
import { FAULTS } from './faults/catalogue.ts';
import { checkFaults, faultOption } from './faults/fault-option.ts';
import { SHAPES, type Shape } from './listeners/shape.ts';

const HELP = `
Real listeners run as processes of their own, against a mock Genesys Cloud and a local event bus, under load. Faults are
played on everything around them and on themselves. In the end it is judged from outside, by what was put on live
sockets, what is on the bus, what is parked and what is true.

It fails when a change is lost, or missing though no fault was played that may cost any; when the last published state of a
conversation is not true once everything is quiet; when changes of a conversation come out of order; when genuine
repetitions are taken for echoes, or echoes for changes; when a listener publishes whose lease is over; when pausing the
socket would have kept an event from being parked; when a gap stays open; when a listener ends by itself; when a secret is
in a log.

The seed decides what is played and when. The machine's timing differs from run to run, so a failure may need the same
seed a few times. A failed campaign keeps its folder, with the logs of the listeners and, as JSON, what went in
and what came out.

Faults:
${FAULTS.map(({ name, does, onlyShape }) => `  ${name}${onlyShape === undefined ? '' : ` (--shape ${onlyShape})`}\n      ${does}`).join('\n')}

Exit codes: 0 nothing is broken; 1 something is, or the campaign could not be run; 2 wrong usage.

Examples:
  npm run chaos -- --seconds 60 --seed 7
  npm run chaos -- --seconds 30 --fault kill,reset --standby
  npm run chaos -- --seconds 60 --seed 3 --shape relay
  npm run chaos -- --seconds 600 --seed 1 --json | tail -n 1`;

interface Flags {
  readonly seconds: number;
  readonly seed: number;
  readonly rate: number;
  readonly calm: number;
  readonly heap?: number;
  readonly fault: readonly string[];
  readonly shape: Shape;
  readonly standby?: boolean;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly listener?: string;
}

/**
 * Runs the campaign's command line.
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const program = new Command('chaos')
    .description('Play faults on real listeners under load, and find out whether anything is lost')
    .addOption(
      new Option('--seconds <n>', 'how long there is load').argParser(wholeNumber(5, 86_400)).default(60),
    )
    .addOption(
      new Option('--seed <n>', 'another seed, another campaign').argParser(wholeNumber(0)).default(1),
    )
    .addOption(new Option('--rate <n>', 'changes a second').argParser(positiveNumber).default(50))
    .addOption(faultOption())
    .addOption(
      new Option(
        '--calm <n>',
        'leave connections and listeners alone so many seconds longer between two faults',
      )
        .argParser(wholeNumber(0, 86_400))
        .default(0),
    )
    .addOption(
      new Option('--heap <mb>', "a limit to a listener's heap, as a small container has one").argParser(
        wholeNumber(32, 65_536),
      ),
    )
    .addOption(
      new Option('--shape <name>', 'containers, or Lambda invocations that hand over to each other')
        .choices(SHAPES)
        .default('fargate'),
    )
    .option('--standby', 'have a second listener, or a second chain of relays, stand by from the start')
    .option('--listener <file>', 'a bundled listener of that shape in place of the present sources')
    .option('--keep', 'keep the folder with logs, state and parked events')
    .option('--json', 'print one JSON object as the last line')
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => {
      exitCode = await campaign(flags);
    });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    process.stderr.write(`${error instanceof UsageError ? error.message : format(error)}\n`);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

async function campaign(flags: Flags): Promise<number> {
  const { json = false, keep = false, fault: faults, standby = false, seconds, seed, rate, calm } = flags;
  const { heap, listener, shape } = flags;
  checkFaults(faults, shape);
  if (listener !== undefined && !existsSync(listener))
    throw new UsageError(`--listener: there is no file ${listener}`);
  // Loaded only here, so that help and wrong usage are answered at once.
  const { runCampaign } = await import('./campaign.ts');
  const { formatSummary, summaryOf } = await import('./report/summary.ts');
  const { traceFailures } = await import('./report/trace.ts');
  const { writeEvidence } = await import('./report/evidence-file.ts');
  // Listeners end with this process, which has to end by itself for that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_FAILURE));
  const started = performance.now();
  const outcome = await runCampaign({
    seconds,
    seed,
    rate,
    calm,
    faults,
    shape,
    standby,
    ...(heap === undefined ? {} : { heapMb: heap }),
    ...(listener === undefined ? {} : { program: listener }),
    progress: (line) => {
      if (!process.stderr.isTTY) return;
      process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
    },
  });
  const summary = summaryOf(outcome);
  const failed = summary.verdict === 'failed';
  if (failed) process.stderr.write(`${traceFailures(outcome).join('\n')}\n`);
  if (keep || failed) {
    writeEvidence(join(outcome.folder, 'evidence.json'), outcome);
    process.stderr.write(`logs, state and evidence: ${outcome.folder}\n`);
  } else rmSync(outcome.folder, { recursive: true, force: true });
  if (failed) process.stderr.write(`to play it again: npm run chaos -- ${argumentsOf(flags)}\n`);
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : formatSummary(summary));
  return failed ? EXIT_FAILURE : EXIT_OK;
}

function argumentsOf({ seconds, seed, rate, calm, heap, fault, shape, standby, listener }: Flags): string {
  return [
    `--seconds ${seconds} --seed ${seed} --rate ${rate}`,
    ...(calm > 0 ? [`--calm ${calm}`] : []),
    ...(heap === undefined ? [] : [`--heap ${heap}`]),
    ...(fault.length > 0 ? [`--fault ${fault.join(',')}`] : []),
    ...(shape === 'fargate' ? [] : [`--shape ${shape}`]),
    ...(standby ? ['--standby'] : []),
    ...(listener === undefined ? [] : [`--listener ${listener}`]),
  ].join(' ');
}

const format = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
