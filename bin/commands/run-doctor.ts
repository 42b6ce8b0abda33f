import { readFile, writeFile } from 'node:fs/promises';
import { type DoctorReport, examine } from '../../doctor/doctor.ts';
import { renderStep, renderVerdict } from '../../doctor/render.ts';
import { Transcript } from '../../doctor/transcript.ts';
import { systemClock } from '../../listener/clock.ts';
import { describeError } from '../../listener/errors.ts';
import { credentialsOf } from '../../listener/named-places.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { type Environment, EXIT_FAILURE, EXIT_OK, UsageError } from '../exit.ts';

export interface RunDoctorOptions {
  readonly json: boolean;
  readonly seconds: number;
  /** The file to write every frame to. */
  readonly transcript: string | undefined;
  /** The file that holds the subscribe message to send. */
  readonly subscription: string | undefined;
}

/**
 * Examines the organisation that the environment names, and prints what is found.
 * @param payload to send in place of the file's, if there is no file
 * @returns the exit code
 * @throws {UsageError} a file can't be read or written
 */
export async function runDoctor(
  env: Environment,
  options: RunDoctorOptions,
  payload?: string,
): Promise<number> {
  const { json, seconds } = options;
  const redactor = new Redactor();
  const transcript = new Transcript(systemClock, redactor);
  const given = options.subscription === undefined ? undefined : await read(options.subscription);
  const isColourful = !json && process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  const print = (text: string) => process.stdout.write(`${redactor.redact(text)}\n`);
  const report = await examine(
    {
      env,
      clock: systemClock,
      redactor,
      transcript,
      seconds,
      payload: given ?? (payload === undefined ? undefined : Buffer.from(payload)),
      credentialsOf,
    },
    (step) => {
      if (!json) print(renderStep(step, isColourful));
    },
  );
  if (options.transcript !== undefined) await write(options.transcript, transcript.toLines());
  print(json ? JSON.stringify(report, null, 2) : renderVerdict(report, isColourful));
  return exitCodeOf(report);
}

function exitCodeOf({ healthy }: DoctorReport): number {
  return healthy ? EXIT_OK : EXIT_FAILURE;
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${describeError(error)}`);
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    // Events say things of people: nobody else on this machine is to read them.
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${file} can't be written: ${describeError(error)}`);
  }
}
