import { writeFile } from 'node:fs/promises';
import { verifyOrg } from '../../doctor/verify-org/verify-org.ts';
import { systemClock } from '../../listener/clock.ts';
import { readConfig } from '../../listener/config.ts';
import { describeError } from '../../listener/errors.ts';
import { credentialsOf } from '../../listener/named-places.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { type Environment, UsageError } from '../exit.ts';

/**
 * Tries the organisation that the environment names, and writes what was seen.
 * @throws {ConfigError | VerificationError | UsageError}
 */
export async function runVerifyOrg(env: Environment, output: string): Promise<void> {
  const config = readConfig(env);
  const redactor = new Redactor();
  const credentials = await credentialsOf(config).read();
  const verification = await verifyOrg({ config, credentials, clock: systemClock, redactor });
  try {
    await writeFile(output, redactor.redact(`${JSON.stringify(verification, null, 2)}\n`));
  } catch (error) {
    throw new UsageError(`${output} can't be written: ${describeError(error)}`);
  }
  const { observed, notTried } = verification;
  const width = Math.max(...observed.map(({ switch: name }) => name.length), 0);
  const lines = observed.map(({ switch: name, value, how }) => `${name.padEnd(width)}  ${value}  (${how})\n`);
  process.stdout.write(
    redactor.redact(
      `${lines.join('')}${observed.length} seen, ${notTried.length} left alone; written to ${output}\n`,
    ),
  );
}
