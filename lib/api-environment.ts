import type { SettingName } from '../lambda/call-api/settings.ts';

/** The API that the example consumer calls, and which events it is called for. */
export interface ApiConfig {
  readonly url: string;
  readonly method?: string | undefined;
  /** JMESPath over the event. */
  readonly body?: string | undefined;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly conflict?: string | undefined;
  /** Without it no key is sent. */
  readonly secret?:
    | {
        readonly name?: string | undefined;
        readonly field?: string | undefined;
        readonly header?: string | undefined;
        readonly scheme?: string | undefined;
      }
    | undefined;
  /** What is done with events that a replay of the archive brings: the work, unless it is known to be done; or nothing. */
  readonly replays: 'once' | 'skip';
  readonly idempotencyDays: number;
  /** Invocations at a time; without it only the account's own limit holds. */
  readonly maxConcurrency?: number | undefined;
  readonly match: ConversationMatch;
}

/** What an event must have to match: of each list given, at least one value. */
export interface ConversationMatch {
  readonly mediaTypes?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
  readonly changes?: readonly string[] | undefined;
  readonly queueIds?: readonly string[] | undefined;
}

/** What the function is started with; nothing secret, the secret goes by its name. */
export function apiEnvironment(
  api: ApiConfig,
  resources: {
    readonly idempotencyTable: string;
    readonly failedEventsQueueUrl: string;
    readonly secretId: string;
  },
): Record<string, string> {
  const environment: Partial<Record<SettingName, string | undefined>> = {
    API_URL: api.url,
    API_METHOD: api.method,
    API_BODY: api.body,
    API_TIMEOUT_SECONDS: String(api.timeoutSeconds),
    API_ATTEMPTS: String(api.attempts),
    API_CONFLICT: api.conflict,
    API_SECRET_ID: api.secret === undefined ? undefined : resources.secretId,
    API_SECRET_FIELD: api.secret?.field,
    API_SECRET_HEADER: api.secret?.header,
    API_SECRET_SCHEME: api.secret?.scheme,
    IDEMPOTENCY_TABLE: resources.idempotencyTable,
    IDEMPOTENCY_DAYS: String(api.idempotencyDays),
    FAILED_EVENTS_QUEUE_URL: resources.failedEventsQueueUrl,
  };
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) given[name] = value;
  return given;
}
