import { describeError } from '../listener/errors.ts';
import { examineInPlace } from './in-place.ts';

/** The doctor as the one process of the listener's container: 0 healthy, 1 a cause was found, 2 it could not examine. */
try {
  const { healthy } = await examineInPlace(process.env, (text) => process.stdout.write(`${text}\n`));
  process.exitCode = healthy ? 0 : 1;
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = 2;
}
