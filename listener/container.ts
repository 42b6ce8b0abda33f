import { ConfigError } from './config.ts';
import { describeError } from './errors.ts';
import { runListener } from './main.ts';

/** A configuration that can't be used: a restart does not help. */
const EXIT_UNUSABLE = 2;
const EXIT_FAILURE = 1;

/**
 * The listener as the one process of a container, without the command line. A secret that is not there yet, or
 * not right, is waited for: health and alarm tell of it, and a restart would mend nothing.
 */
try {
  process.exitCode = await runListener(process.env, { patient: true });
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = error instanceof ConfigError ? EXIT_UNUSABLE : EXIT_FAILURE;
}
