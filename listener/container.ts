import { ConfigError } from './config.ts';
import { describeError } from './errors.ts';
import { CredentialsError } from './genesys/credentials.ts';
import { runListener } from './main.ts';

/** A configuration or secret that can't be used: a restart does not help. */
const EXIT_UNUSABLE = 2;
const EXIT_FAILURE = 1;

/** The listener as the one process of a container: exit codes as the command line has them, without the command line. */
try {
  process.exitCode = await runListener(process.env);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode =
    error instanceof ConfigError || error instanceof CredentialsError ? EXIT_UNUSABLE : EXIT_FAILURE;
}
