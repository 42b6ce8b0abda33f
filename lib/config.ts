import type { z } from 'zod';
import { readSettings, SettingsError } from '../lambda/call-api/settings.ts';
import { ConfigError, type SettingName as ListenerSetting, readConfig } from '../listener/config.ts';
import { type ApiConfig, apiEnvironment } from './api-environment.ts';
import type { BusinessHours } from './business-hours.ts';
import { shown } from './config-fields.ts';
import { configSchema, type SHAPES } from './config-schema.ts';
import { type ListenerResources, listenerEnvironment } from './listener-environment.ts';

/** One listener: a service with topics of its own. A conversation belongs to the shard that has its topics. */
export interface ShardConfig {
  readonly name: string;
  readonly topics: readonly string[];
  /** The secret with the OAuth client it logs in with. */
  readonly secretName: string;
}

/** Which way of speaking with Genesys Cloud is taken: the Notifications API, or the socket of the organisation. */
export type DialectConfig =
  | { readonly mode: 'channels' }
  | {
      readonly mode: 'org-socket';
      /** Its id. */
      readonly organisation: string;
      /** A domain registered for the OAuth client, as an origin. */
      readonly origin: string;
      readonly userAgent?: string | undefined;
      readonly eventTypes?: readonly string[] | undefined;
    };

/** Where the listener runs. `existing`: in a VPC that is not this stack's to change. */
export type NetworkConfig =
  | { readonly mode: 'public' }
  | { readonly mode: 'private'; readonly natGateways: number }
  | {
      readonly mode: 'existing';
      readonly vpcId: string;
      readonly subnetIds: readonly string[];
      readonly publicIp: boolean;
    };

/** Who else may put rules on the bus. */
export interface ConsumersConfig {
  readonly accounts: readonly string[];
  readonly organisation?: string | undefined;
}

/** Everything that is deployed, checked. */
export interface StackConfig {
  /** Of the stack and the bus; a prefix of every other name. */
  readonly name: string;
  readonly account?: string | undefined;
  readonly region: string;
  readonly genesysRegion: string;
  readonly dialect: DialectConfig;
  readonly shards: readonly ShardConfig[];
  /** `fargate`: a container; `relay`: Lambda invocations that hand over to each other. */
  readonly shape: (typeof SHAPES)[number];
  /** Whether each shard has a second task (or relay), connected and ready to take over. */
  readonly standby: boolean;
  readonly network: NetworkConfig;
  readonly detailType: string;
  readonly consumers: ConsumersConfig;
  readonly alarms: { readonly email?: string | undefined; readonly runbookUrl: string };
  readonly businessHours: BusinessHours;
  readonly retention: {
    readonly logsDays: number;
    readonly archiveDays: number;
    readonly payloadDays: number;
  };
  /** Whether the catch-all rule writes every event to a log group. */
  readonly debugRule: boolean;
  /** The API that the example consumer calls; without it there is no example consumer. */
  readonly api?: ApiConfig | undefined;
}

/** What stands for resources that are not there yet, where only the form of an environment is looked at. */
const ANY_RESOURCES: ListenerResources = {
  stateTable: 'table',
  parkingQueueUrl: 'https://sqs.invalid/queue',
  deadLetterQueueUrl: 'https://sqs.invalid/queue',
  payloadBucket: 'bucket',
};

/** Which field of the configuration an environment variable of the listener comes from. */
const FIELD_OF_SETTING: Partial<Record<ListenerSetting, string>> = {
  GENESYSCLOUD_REGION: 'genesysRegion',
  AWS_REGION: 'region',
  DETAIL_TYPE: 'detailType',
  EVENT_BUS_NAME: 'name',
  GENESYSCLOUD_ORG_ID: 'dialect.organisation',
  ORG_SOCKET_ORIGIN: 'dialect.origin',
  ORG_SOCKET_USER_AGENT: 'dialect.userAgent',
  ORG_SOCKET_EVENT_TYPES: 'dialect.eventTypes',
};

/**
 * Checks a configuration: its form here, and what the listener and the API caller make of it by their own readers, so
 * that no container is ever started with an environment it refuses.
 * @throws {ConfigError} with a line for each wrong field
 */
export function parseStackConfig(given: unknown): StackConfig {
  const parsed = configSchema.safeParse(given, { reportInput: true });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(lineOf));
  const { topics, shards, api, retention, ...rest } = parsed.data;
  if (topics !== undefined && shards !== undefined)
    throw new ConfigError(['topics: set either it or shards, which have topics of their own']);
  const remembered = longerThanArchive(retention.archiveDays);
  const config: StackConfig = {
    ...rest,
    retention: { ...retention, payloadDays: retention.payloadDays ?? remembered },
    ...(api === undefined ? {} : { api: { ...api, idempotencyDays: api.idempotencyDays ?? remembered } }),
    shards: (
      shards ?? [{ name: '0', topics: topics ?? [everythingIn(rest.dialect)], secretName: undefined }]
    ).map((shard) => ({
      ...shard,
      secretName: shard.secretName ?? `${rest.name}/genesys`,
    })),
  };
  const problems = [
    ...new Set(config.shards.flatMap((_, index) => listenerProblems(config, index, shards !== undefined))),
    ...shardProblems(config.shards),
    ...apiProblems(config),
    ...replayProblems(config),
    ...networkProblems(config),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** The topic that stands for all there is. */
function everythingIn({ mode }: DialectConfig): string {
  return mode === 'channels' ? 'queues:*' : 'conversations:*';
}

function lineOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.') || 'the configuration';
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input'))
    return `${path}: ${issue.message}`;
  return issue.input === undefined
    ? `${path}: missing; it must be ${article(issue.expected)}`
    : `${path}: ${shown(issue.input)} is not ${article(issue.expected)}`;
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function listenerProblems(config: StackConfig, index: number, sharded: boolean): string[] {
  const shard = config.shards[index];
  if (shard === undefined) return [];
  const topics = sharded ? `shards.${index}.topics` : 'topics';
  const withComma = shard.topics.find((topic) => topic.includes(','));
  // TOPICS is one variable with commas between.
  if (withComma !== undefined)
    return [`${topics}: "${withComma}" has a comma; use the id instead of the name`];
  const own: Partial<Record<ListenerSetting, string>> = sharded
    ? { TOPICS: topics, SHARD: `shards.${index}.name` }
    : { TOPICS: topics };
  return problemsOf(() => readConfig(listenerEnvironment(config, shard, ANY_RESOURCES)), {
    ...FIELD_OF_SETTING,
    ...own,
  });
}

function apiProblems(config: StackConfig): string[] {
  const { api } = config;
  if (api === undefined) return [];
  // Its rule and its schemas go by the contract's detail-types.
  if (config.detailType !== 'contract') return ['api: needs detailType to be "contract"'];
  const environment = apiEnvironment(api, {
    idempotencyTable: 'table',
    failedEventsQueueUrl: 'https://sqs.invalid/queue',
    secretId: 'secret',
  });
  return problemsOf(() => readSettings(environment), {
    API_URL: 'api.url',
    API_METHOD: 'api.method',
    API_BODY: 'api.body',
    API_CONFLICT: 'api.conflict',
    API_SECRET_FIELD: 'api.secret.field',
    API_SECRET_HEADER: 'api.secret.header',
    API_SECRET_SCHEME: 'api.secret.scheme',
  });
}

/** In days. An archived event may be replayed until it is forgotten, and the replay takes its time. */
function longerThanArchive(archiveDays: number): number {
  return archiveDays + 1;
}

/** A replay of what the API caller has forgotten would call the API a second time. */
function replayProblems({ api, retention }: StackConfig): string[] {
  if (api === undefined || api.replays === 'skip') return [];
  const least = longerThanArchive(retention.archiveDays);
  if (api.idempotencyDays >= least) return [];
  return [
    `api.idempotencyDays: ${api.idempotencyDays} is shorter than the archive is kept (retention.archiveDays: ${retention.archiveDays}), so a replay would call the API again; make it ${least} or more, or set api.replays to "skip"`,
  ];
}

function networkProblems({ shape, network }: StackConfig): string[] {
  if (shape === 'fargate' || network.mode === 'public') return [];
  return ['network: needs shape to be "fargate"; a relayed listener has no network of its own'];
}

function problemsOf(read: () => unknown, fieldOf: Readonly<Record<string, string>>): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof SettingsError)) throw error;
    return error.problems.map((problem) => problem.replace(/^[A-Z_]+(?=:)/, (name) => fieldOf[name] ?? name));
  }
}

function shardProblems(shards: readonly ShardConfig[]): string[] {
  const problems: string[] = [];
  const names = new Map<string, number>();
  const topics = new Map<string, number>();
  for (const [index, shard] of shards.entries()) {
    const twin = names.get(shard.name);
    if (twin !== undefined)
      problems.push(`shards.${index}.name: "${shard.name}" is the name of shards.${twin}, too`);
    names.set(shard.name, index);
    for (const topic of shard.topics) {
      const other = topics.get(topic);
      if (other !== undefined && other !== index)
        problems.push(
          `shards.${index}.topics: "${topic}" is in shards.${other}, too; each event would be published twice`,
        );
      topics.set(topic, index);
    }
  }
  return problems;
}
