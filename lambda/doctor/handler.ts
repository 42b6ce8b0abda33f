import type { DoctorReport } from '../../doctor/doctor.ts';
import { examineInPlace } from '../../doctor/in-place.ts';

/** One examination from within Lambda; the steps go to the log, the report is the answer. */
export async function handler(): Promise<DoctorReport> {
  return examineInPlace(process.env, (text) => process.stdout.write(`${text}\n`));
}
