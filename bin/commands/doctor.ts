import { Argument, Command, Option } from 'commander';
import { type Environment, UsageError } from '../exit.ts';
import { wholeNumber } from './numbers.ts';

const DEFAULT_SECONDS = 10;
const DIALECTS = ['channels', 'org-socket'] as const;
const MOMENTS = ['connect', 'auth', 'subscribe', 'after-subscribe', 'live'] as const;

const HELP = `
Walks the way that a connection goes, with the listener's own configuration (see \`start --help\`), and prints each
step with what was seen and how long it took; then the cause, why it is believed, and what to do about it.

It disturbs nothing: it looks at the client's channels first, makes none if that would evict another, and takes its
subscriptions off again. Where reading isn't enough it varies one thing at a time and reports what that changed.

--seconds is how long the connection is watched. A first heartbeat comes after 30 seconds, so ${DEFAULT_SECONDS} see none; 35 do.
--transcript writes every frame both ways, one JSON object a line, with tokens and channel ids taken out. It holds what
events say of conversations, so treat it as such.
--against-mock plays faults of the mock (\`mock --list-faults\`; \`healthy\` plays none) and diagnoses them.

Exit codes: 0 nothing is wrong; 1 a cause was found; 2 wrong usage.

Examples:
  conversation-bridge doctor
  conversation-bridge doctor --seconds 35 --transcript frames.jsonl
  DIALECT=org-socket conversation-bridge doctor --subscription subscribe.json
  conversation-bridge doctor --against-mock token-expired --json
  conversation-bridge doctor explain origin-not-registered`;

const EXPLAIN_HELP = `
Without a cause it lists them all.

Examples:
  conversation-bridge doctor explain
  conversation-bridge doctor explain idle-timeout`;

interface DoctorFlags {
  readonly json?: boolean;
  readonly seconds: number;
  readonly transcript?: string;
  readonly subscription?: string;
  readonly againstMock: readonly string[];
  readonly dialect?: (typeof DIALECTS)[number];
  readonly at?: (typeof MOMENTS)[number];
}

/** `doctor`: why a connection does not come to be, or does not last. */
export function doctorCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description('Find out why the socket closes, or does not open')
    .option('--json', 'print one JSON object')
    .addOption(
      new Option('--seconds <n>', 'watch the connection for so long')
        .argParser(wholeNumber(1, 86_400))
        .default(DEFAULT_SECONDS),
    )
    .option('--transcript <file>', 'write every frame, redacted')
    .option('--subscription <file>', "org socket: send this message in place of the listener's own")
    .addOption(
      new Option('--against-mock <fault>', 'diagnose a fault of the mock; may be given again')
        .argParser((id: string, before: readonly string[]) => [...before, id])
        .default([], 'none'),
    )
    .addOption(new Option('--dialect <name>', 'of the mock').choices(DIALECTS))
    .addOption(new Option('--at <moment>', 'when the faults of the mock strike').choices(MOMENTS))
    .addHelpText('after', HELP)
    .action(async (flags: DoctorFlags) => {
      const { seconds, transcript, subscription, json = false } = flags;
      if (flags.againstMock.length === 0 && (flags.dialect !== undefined || flags.at !== undefined))
        throw new UsageError(
          '--dialect and --at are for --against-mock; DIALECT in the environment sets the dialect',
        );
      const options = { seconds, transcript, subscription, json };
      // Loaded only here, so that other commands don't load it, and a diagnosis no mock.
      const { runDoctor } = await import('./run-doctor.ts');
      if (flags.againstMock.length === 0) return done(await runDoctor(env, options));
      const { againstMock } = await import('../laptop/against-mock.ts');
      // The environment of this process is left out: it is about another organisation, and another place.
      return done(
        await againstMock(flags, (environment, payload) => runDoctor(environment, options, payload)),
      );
    })
    .addCommand(explainCommand());
}

function explainCommand(): Command {
  return new Command('explain')
    .description('Tell about a cause: how it is told, and what to do')
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addArgument(new Argument('[cause]', 'its id'))
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (cause: string | undefined) => {
      const { explainCause, listCauses } = await import('../../doctor/explain.ts');
      const { CAUSE_IDS, isCauseId } = await import('../../listener/diagnosis/causes.ts');
      if (cause === undefined) return print(listCauses());
      if (!isCauseId(cause))
        throw new UsageError(`there is no cause "${cause}"; there are ${CAUSE_IDS.join(', ')}`);
      return print(explainCause(cause));
    });
}

function print(text: string): void {
  process.stdout.write(text);
}
