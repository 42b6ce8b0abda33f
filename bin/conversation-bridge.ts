import { Command, CommanderError } from 'commander';
import { BridgeError, describeError } from '../listener/errors.ts';
import { doctorCommand } from './commands/doctor.ts';
import { lintSubscriptionCommand } from './commands/lint-subscription.ts';
import { mockCommand } from './commands/mock.ts';
import { replayCommand } from './commands/replay.ts';
import { sampleCommand } from './commands/sample.ts';
import { schemaCommand } from './commands/schema.ts';
import { startCommand } from './commands/start.ts';
import { topicsCommand } from './commands/topics.ts';
import { verifyOrgCommand } from './commands/verify-org.ts';
import { type Environment, EXIT_FAILURE, EXIT_OK, EXIT_USAGE, UsageError } from './exit.ts';

const DESCRIPTION = `Every conversation update of a Genesys Cloud organisation, as an Amazon EventBridge event.

Begin with \`conversation-bridge start\`: with no configuration it runs all of it on this machine, with a mock contact centre and a local event bus, and shows the events as they arrive.`;

/**
 * Runs the command line.
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage or configuration
 */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  let exitCode = EXIT_OK;
  const done = (code: number) => {
    exitCode = code;
  };
  const program = new Command('conversation-bridge')
    .description(DESCRIPTION)
    .showHelpAfterError('(--help tells more)')
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .addCommand(startCommand(env, done))
    .addCommand(mockCommand(env, done))
    .addCommand(topicsCommand(env, done))
    .addCommand(replayCommand(env, done))
    .addCommand(doctorCommand(env, done))
    .addCommand(lintSubscriptionCommand(done))
    .addCommand(verifyOrgCommand(env, done))
    .addCommand(schemaCommand())
    .addCommand(sampleCommand());
  for (const command of program.commands) command.exitOverride().showHelpAfterError('(--help tells more)');
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  process.stderr.write(`${describeError(error)}\n`);
  if (error instanceof UsageError) return EXIT_USAGE;
  return error instanceof BridgeError && isConfiguration(error) ? EXIT_USAGE : EXIT_FAILURE;
}

/** Errors that the user mends by changing what was configured. */
function isConfiguration(error: BridgeError): boolean {
  return error.code === 'InvalidConfiguration' || error.code === 'CredentialsMalformed';
}
