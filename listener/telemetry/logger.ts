import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { Redactor } from './redactor.ts';

/** Fields that may hold a secret under any parent, whatever its value. */
const SECRET_FIELDS = [
  'clientSecret',
  'client_secret',
  'access_token',
  'accessToken',
  'authorization',
  'connectUri',
];

export interface LoggerOptions {
  readonly level: string;
  readonly redactor: Redactor;
  /** Where the lines go; standard output by default, written at once, so that a crash loses none. */
  readonly stream?: DestinationStream;
}

/** JSON lines with secrets taken out twice: by field name, and by value wherever it stands. */
export function createLogger({ level, redactor, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
      hooks: { streamWrite: (line) => redactor.redact(line) },
    },
    stream ?? destination({ dest: 1, sync: true }),
  );
}
