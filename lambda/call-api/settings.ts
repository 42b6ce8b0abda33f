import { z } from 'zod';
import { expressionProblem } from './expression.ts';
import { parseUrlTemplate, type UrlTemplate } from './url-template.ts';

/** How the API is called. */
export interface ApiSettings {
  readonly url: UrlTemplate;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** A JMESPath expression over the event; its result is the body, as JSON. */
  readonly body: string;
  /** For one attempt, from the request to the end of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts within one invocation, at most. */
  readonly attempts: number;
  readonly conflict: 'retry' | 'done';
}

/** The API's secret, and how it is sent. */
export interface SecretSettings {
  readonly id: string;
  /** The member of a JSON secret; undefined when the whole secret is the value. */
  readonly field: string | undefined;
  readonly header: string;
  /** Stands before the value, with a space; undefined when the value stands alone. */
  readonly scheme: string | undefined;
  readonly ttlSeconds: number;
}

/** The function's whole configuration, checked. */
export interface Settings {
  readonly api: ApiSettings;
  readonly secret: SecretSettings | undefined;
  readonly idempotencyTable: string;
  readonly idempotencySeconds: number;
  readonly failedEventsQueueUrl: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** One environment variable. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly required?: true;
  /** What holds when it is absent. */
  readonly fallback?: string;
}

/** Every environment variable the function reads. */
export const SETTINGS = [
  {
    name: 'API_URL',
    meaning:
      'https URL to call; {detail.conversation.id} in its path or query is replaced by that part of the event (JMESPath)',
    required: true,
  },
  { name: 'API_METHOD', meaning: 'POST, PUT or PATCH', fallback: 'POST' },
  {
    name: 'API_BODY',
    meaning: 'JMESPath expression over the event that gives the JSON body; @ is the whole event',
    fallback: '@',
  },
  { name: 'API_TIMEOUT_SECONDS', meaning: 'for one attempt, 1 to 60', fallback: '10' },
  { name: 'API_ATTEMPTS', meaning: 'attempts within one invocation, 1 to 10', fallback: '3' },
  {
    name: 'API_CONFLICT',
    meaning:
      'what an answer 409 means: retry, as for a request that is still being processed; or done, for an API that answers so to a repetition',
    fallback: 'retry',
  },
  {
    name: 'API_SECRET_ID',
    meaning: "name or ARN of the Secrets Manager secret with the API's key; without it no key is sent",
  },
  {
    name: 'API_SECRET_FIELD',
    meaning: 'the member to take when the secret is a JSON object; without it the whole secret is the key',
  },
  { name: 'API_SECRET_HEADER', meaning: 'the header that carries the key', fallback: 'Authorization' },
  { name: 'API_SECRET_SCHEME', meaning: 'a word before the key, such as Bearer' },
  {
    name: 'API_SECRET_TTL_SECONDS',
    meaning: 'how long the key is kept in memory, 1 to 86400; an answer 401 or 403 has it read again at once',
    fallback: '300',
  },
  {
    name: 'IDEMPOTENCY_TABLE',
    meaning: 'DynamoDB table with the string key id and time to live on expiration',
    required: true,
  },
  {
    name: 'IDEMPOTENCY_DAYS',
    meaning:
      'how long an event is known to be done, 1 to 3654; longer than any replay reaches back, so longer than the archive keeps events',
    fallback: '31',
  },
  {
    name: 'FAILED_EVENTS_QUEUE_URL',
    meaning: 'SQS queue for events that failed for good, each with the reason',
    required: true,
  },
  { name: 'LOG_LEVEL', meaning: 'debug, info, warn, error or silent', fallback: 'info' },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

/** The settings can't be used. Each problem is one line that names the variable. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const DAY_SECONDS = 86_400;

/** Headers that the function or the HTTP client sets itself. */
const TAKEN_HEADERS = /^(host|content-.*|transfer-encoding|connection|idempotency-key|user-agent|expect)$/i;

const missing = { error: 'missing' };

const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: (issue) => `"${String(issue.input)}" is not one of ${values.join(', ')}` });

const wholeNumber = (least: number, most: number, fallback: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: (issue) => `"${String(issue.input)}" is not a whole number from ${least} to ${most}`,
    })
    .transform(Number)
    .default(fallback);

const schema = z.object({
  API_URL: z.string(missing).transform((text, context) => {
    const template = parseUrlTemplate(text);
    if (typeof template !== 'string') return template;
    context.addIssue(template);
    return z.NEVER;
  }),
  API_METHOD: choice(['POST', 'PUT', 'PATCH']).default('POST'),
  API_BODY: z
    .string()
    .superRefine((text, context) => {
      const problem = expressionProblem(text);
      if (problem !== undefined) context.addIssue(problem);
    })
    .default('@'),
  API_TIMEOUT_SECONDS: wholeNumber(1, 60, 10),
  API_ATTEMPTS: wholeNumber(1, 10, 3),
  API_CONFLICT: choice(['retry', 'done']).default('retry'),
  API_SECRET_ID: z.string().optional(),
  API_SECRET_FIELD: z.string().optional(),
  API_SECRET_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, {
      error: (issue) => `"${String(issue.input)}" is no name of a header`,
    })
    .refine((name) => !TAKEN_HEADERS.test(name), {
      error: (issue) => `"${String(issue.input)}" is set by the function itself; name another header`,
    })
    .default('Authorization'),
  API_SECRET_SCHEME: z
    .string()
    .regex(/^[!-~]+$/, { error: 'must be one word' })
    .optional(),
  API_SECRET_TTL_SECONDS: wholeNumber(1, DAY_SECONDS, 300),
  IDEMPOTENCY_TABLE: z.string(missing),
  IDEMPOTENCY_DAYS: wholeNumber(1, 3654, 31),
  FAILED_EVENTS_QUEUE_URL: z.url({
    protocol: /^https?$/,
    error: (issue) =>
      issue.input === undefined ? 'missing' : `"${String(issue.input)}" is no URL of an SQS queue`,
  }),
  LOG_LEVEL: choice(LOG_LEVELS).default('info'),
} satisfies Record<SettingName, z.ZodType>);

/**
 * Environment → settings. An empty variable counts as absent.
 * @throws {SettingsError} with a line for each bad variable
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(
    SETTINGS.map(({ name }) => [name, env[name]?.trim()]).filter(
      ([, value]) => value !== undefined && value !== '',
    ),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new SettingsError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  const settings = parsed.data;
  return {
    api: {
      url: settings.API_URL,
      method: settings.API_METHOD,
      body: settings.API_BODY,
      timeoutMs: settings.API_TIMEOUT_SECONDS * 1000,
      attempts: settings.API_ATTEMPTS,
      conflict: settings.API_CONFLICT,
    },
    secret:
      settings.API_SECRET_ID === undefined
        ? undefined
        : {
            id: settings.API_SECRET_ID,
            field: settings.API_SECRET_FIELD,
            header: settings.API_SECRET_HEADER,
            scheme: settings.API_SECRET_SCHEME,
            ttlSeconds: settings.API_SECRET_TTL_SECONDS,
          },
    idempotencyTable: settings.IDEMPOTENCY_TABLE,
    idempotencySeconds: settings.IDEMPOTENCY_DAYS * DAY_SECONDS,
    failedEventsQueueUrl: settings.FAILED_EVENTS_QUEUE_URL,
    logLevel: settings.LOG_LEVEL,
  };
}
