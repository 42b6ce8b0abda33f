import { systemClock } from '../listener/clock.ts';
import { credentialsOf } from '../listener/named-places.ts';
import { Redactor } from '../listener/telemetry/redactor.ts';
import { type DoctorReport, examine } from './doctor.ts';
import { renderStep, renderVerdict } from './render.ts';
import { Transcript } from './transcript.ts';

/** Past the first heartbeat, which comes after 30 s. */
const SECONDS = 40;

/**
 * Examines from where the listener itself runs: with its network, its role, its secret and its environment.
 * @param print takes each line as it is known, redacted
 */
export async function examineInPlace(
  env: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void,
): Promise<DoctorReport> {
  const redactor = new Redactor();
  const options = {
    env,
    clock: systemClock,
    redactor,
    transcript: new Transcript(systemClock, redactor),
    seconds: SECONDS,
    payload: undefined,
    credentialsOf,
  };
  const report = await examine(options, (step) => print(redactor.redact(renderStep(step, false))));
  print(redactor.redact(renderVerdict(report, false)));
  return report;
}
