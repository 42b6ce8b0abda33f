import { z } from 'zod';
import { BridgeError } from './errors.ts';
import { parseConversations } from './genesys/org-socket/conversations.ts';
import {
  missingOrgSocketSettings,
  ORG_SOCKET_SETTINGS,
  type OrgSocketSettings,
  orgSocketSchema,
  readOrgSocket,
} from './genesys/org-socket/settings.ts';
import { type GenesysHosts, genesysHosts } from './genesys/regions.ts';
import { parseTopics } from './genesys/topics/configured.ts';
import type { TopicSpec } from './genesys/topics/spec.ts';
import { address, choice, region, wholeNumber } from './setting-kinds.ts';
import { readStorage, STORAGE_SETTINGS, type StorageConfig, storageSchema } from './storage-settings.ts';
import { readTiming, TIMING_SETTINGS, type TimingConfig, timingSchema } from './timing-settings.ts';

/** Which of the two ways of speaking with Genesys Cloud is taken. */
export type DialectConfig =
  | { readonly name: 'channels' }
  | ({ readonly name: 'org-socket' } & OrgSocketSettings);

/** The listener's whole configuration, checked. */
export interface Config {
  readonly hosts: GenesysHosts;
  readonly credentials:
    | { readonly from: 'environment'; readonly clientId: string; readonly clientSecret: string }
    | { readonly from: 'secrets-manager'; readonly secretId: string };
  readonly dialect: DialectConfig;
  /** What channels are subscribed to; empty with the org socket, which has `dialect.conversations`. */
  readonly topics: readonly TopicSpec[];
  /** How often topics found by listing are looked up again, in milliseconds. */
  readonly topicsRefreshMs: number;
  readonly eventBusName: string;
  readonly awsRegion: string;
  /** Another endpoint for AWS's services, e.g. an emulator. */
  readonly awsEndpointUrl: string | undefined;
  readonly shard: string;
  readonly detailTypeMode: 'contract' | 'topic';
  /** 0: one that is free. */
  readonly healthPort: number;
  /** Another port will do when that one is taken, since nobody asked for it. */
  readonly healthPortMayMove: boolean;
  readonly logLevel: string;
  readonly storage: StorageConfig;
  readonly timing: TimingConfig;
}

/** One environment variable, as `start --help` shows it. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** Shown as it is; undefined when there is none. */
  readonly fallback?: string;
}

/** Every environment variable the listener reads. */
export const SETTINGS = [
  {
    name: 'GENESYSCLOUD_OAUTHCLIENT_ID',
    meaning: 'id of an OAuth client with the grant "client credentials"',
  },
  { name: 'GENESYSCLOUD_OAUTHCLIENT_SECRET', meaning: 'its secret' },
  {
    name: 'GENESYS_SECRET_ID',
    meaning:
      'instead of the two: name or ARN of a Secrets Manager secret {"clientId":"…","clientSecret":"…"}',
  },
  {
    name: 'GENESYSCLOUD_REGION',
    meaning: 'region of the Genesys Cloud organisation, by AWS name or base domain',
    fallback: 'ap-northeast-1',
  },
  {
    name: 'DIALECT',
    meaning:
      'channels: the Notifications API; org-socket: the socket of the organisation (docs/org-socket.md)',
    fallback: 'channels',
  },
  {
    name: 'TOPICS',
    meaning:
      'comma-separated: queues:* | queue:<name or id> | user:<email or id> | conversation:<id> | a topic such as v2.users.<id>.presence; org-socket: conversations:* (if absent) | conversation:<id>',
  },
  {
    name: 'EVENT_BUS_NAME',
    meaning: 'name or ARN of the event bus to publish to',
    fallback: 'conversation-bridge',
  },
  { name: 'AWS_REGION', meaning: 'AWS region of bus and secret', fallback: 'ap-northeast-1' },
  { name: 'AWS_ENDPOINT_URL', meaning: "another endpoint than AWS's own, such as an emulator's" },
  {
    name: 'GENESYSCLOUD_LOGIN_URL',
    meaning: "another login server than the region's (a mock, a gateway; plain http only on loopback)",
  },
  {
    name: 'GENESYSCLOUD_API_URL',
    meaning: "another API server than the region's (a mock, a gateway; plain http only on loopback)",
  },
  {
    name: 'TOPICS_REFRESH_SECONDS',
    meaning: 'how often queues are listed again for queues:*',
    fallback: '300',
  },
  { name: 'SHARD', meaning: 'name of this listener among several, in bridge.shard', fallback: '0' },
  {
    name: 'DETAIL_TYPE',
    meaning:
      "contract: detail-type as docs/contract.md has it; topic: the topic with a literal {id}, as Genesys's own integration does",
    fallback: 'contract',
  },
  ...ORG_SOCKET_SETTINGS,
  ...STORAGE_SETTINGS,
  ...TIMING_SETTINGS,
  {
    name: 'HEALTH_PORT',
    meaning: 'port of /healthz and /readyz; 0 takes a free one, and so does the default when it is taken',
    fallback: '8080',
  },
  { name: 'LOG_LEVEL', meaning: 'trace, debug, info, warn, error or silent', fallback: 'info' },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

/** The configuration can't be used. Each problem is one line: what was wrong, where, what to do. */
export class ConfigError extends BridgeError {
  readonly code = 'InvalidConfiguration';
  readonly canRetry = false;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const settingsSchema = z.object({
  GENESYSCLOUD_OAUTHCLIENT_ID: z.string().optional(),
  GENESYSCLOUD_OAUTHCLIENT_SECRET: z.string().optional(),
  GENESYS_SECRET_ID: z.string().optional(),
  GENESYSCLOUD_REGION: region.default('mypurecloud.jp'),
  DIALECT: choice(['channels', 'org-socket']).default('channels'),
  TOPICS: z.string().optional(),
  EVENT_BUS_NAME: z
    .string()
    .regex(/^[/.\-_A-Za-z0-9:]{1,1600}$/, {
      error: (issue) => `"${String(issue.input)}" is no name or ARN of an event bus`,
    })
    .default('conversation-bridge'),
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, {
      error: (issue) => `"${String(issue.input)}" is no AWS region, such as ap-northeast-1`,
    })
    .default('ap-northeast-1'),
  AWS_ENDPOINT_URL: z
    .url({ protocol: /^https?$/, error: (issue) => `"${String(issue.input)}" is no http(s) URL` })
    .optional(),
  GENESYSCLOUD_LOGIN_URL: address('https').optional(),
  GENESYSCLOUD_API_URL: address('https').optional(),
  TOPICS_REFRESH_SECONDS: wholeNumber(10, 86_400).default(300),
  SHARD: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, {
      error: (issue) => `"${String(issue.input)}" must be 1 to 64 letters, digits, - or _`,
    })
    .default('0'),
  DETAIL_TYPE: choice(['contract', 'topic']).default('contract'),
  ...orgSocketSchema.shape,
  ...storageSchema.shape,
  ...timingSchema.shape,
  HEALTH_PORT: wholeNumber(0, 65_535).default(8080),
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
} satisfies Record<SettingName, z.ZodType>);

/**
 * Environment → configuration. An empty variable counts as absent.
 * @throws {ConfigError} with a line for each bad field
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    SETTINGS.map(({ name }) => [name, env[name]?.trim()]).filter(
      ([, value]) => value !== undefined && value !== '',
    ),
  );
  const parsed = settingsSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const credentials = readCredentials(given, problems);
  const subject = readSubject(given, problems);
  if (!parsed.success || credentials === undefined) throw new ConfigError(problems);
  const settings = parsed.data;
  const dialect = readDialect(settings, subject.conversations);
  const storage = readStorage(settings, (problem) => problems.push(problem));
  if (dialect === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    hosts: genesysHosts(settings.GENESYSCLOUD_REGION, {
      loginUrl: settings.GENESYSCLOUD_LOGIN_URL,
      apiUrl: settings.GENESYSCLOUD_API_URL,
    }),
    credentials,
    dialect,
    topics: subject.topics,
    topicsRefreshMs: settings.TOPICS_REFRESH_SECONDS * 1000,
    eventBusName: settings.EVENT_BUS_NAME,
    awsRegion: settings.AWS_REGION,
    awsEndpointUrl: settings.AWS_ENDPOINT_URL,
    shard: settings.SHARD,
    detailTypeMode: settings.DETAIL_TYPE,
    healthPort: settings.HEALTH_PORT,
    healthPortMayMove: given['HEALTH_PORT'] === undefined,
    logLevel: settings.LOG_LEVEL,
    storage,
    timing: readTiming(settings),
  };
}

/** Whether anything in the environment says which organisation to connect to. */
export function namesAnOrganisation(env: Readonly<Record<string, string | undefined>>): boolean {
  const telling = [
    'GENESYSCLOUD_OAUTHCLIENT_ID',
    'GENESYSCLOUD_OAUTHCLIENT_SECRET',
    'GENESYS_SECRET_ID',
    'GENESYSCLOUD_ORG_ID',
    'TOPICS',
  ] as const;
  return telling.some((name) => (env[name] ?? '').trim() !== '');
}

/** What TOPICS means, and what else is needed, depends on the dialect. */
function readSubject(
  given: Readonly<Record<string, string | undefined>>,
  problems: string[],
): { readonly topics: readonly TopicSpec[]; readonly conversations: readonly string[] } {
  const text = given['TOPICS'] ?? '';
  const say = (found: readonly string[]) => {
    for (const problem of found) problems.push(`TOPICS: ${problem}`);
  };
  if (given['DIALECT'] !== 'org-socket') {
    const topics = parseTopics(text);
    say(topics.problems);
    return { topics: topics.specs, conversations: [] };
  }
  const conversations = parseConversations(text);
  say(conversations.problems);
  problems.push(...missingOrgSocketSettings(given));
  return { topics: [], conversations: conversations.ids };
}

function readDialect(
  settings: z.infer<typeof settingsSchema>,
  conversations: readonly string[],
): DialectConfig | undefined {
  if (settings.DIALECT === 'channels') return { name: 'channels' };
  const orgSocket = readOrgSocket(settings, settings.GENESYSCLOUD_REGION);
  return orgSocket && { name: 'org-socket', ...orgSocket, conversations };
}

function readCredentials(
  given: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Config['credentials'] | undefined {
  const clientId = given['GENESYSCLOUD_OAUTHCLIENT_ID'];
  const clientSecret = given['GENESYSCLOUD_OAUTHCLIENT_SECRET'];
  const secretId = given['GENESYS_SECRET_ID'];
  if (secretId !== undefined && (clientId !== undefined || clientSecret !== undefined)) {
    problems.push('GENESYS_SECRET_ID: set either it or GENESYSCLOUD_OAUTHCLIENT_ID and _SECRET, not both');
    return undefined;
  }
  if (secretId !== undefined) return { from: 'secrets-manager', secretId };
  if (clientId !== undefined && clientSecret !== undefined)
    return { from: 'environment', clientId, clientSecret };
  if (clientId !== undefined)
    problems.push('GENESYSCLOUD_OAUTHCLIENT_SECRET: missing; the client id alone does not log in');
  else if (clientSecret !== undefined)
    problems.push('GENESYSCLOUD_OAUTHCLIENT_ID: missing; the client secret alone does not log in');
  else
    problems.push(
      'GENESYSCLOUD_OAUTHCLIENT_ID: no credentials; set it with GENESYSCLOUD_OAUTHCLIENT_SECRET, or set GENESYS_SECRET_ID',
    );
  return undefined;
}

/** What it takes to publish without listening. */
export type DeliveryConfig = Pick<
  Config,
  'eventBusName' | 'awsRegion' | 'awsEndpointUrl' | 'logLevel' | 'storage'
>;

const deliverySchema = settingsSchema
  .pick({ EVENT_BUS_NAME: true, AWS_REGION: true, AWS_ENDPOINT_URL: true, LOG_LEVEL: true })
  .extend(storageSchema.shape);

/**
 * Environment → where events go. It asks for no credentials and no topics.
 * @throws {ConfigError} with a line for each bad field
 */
export function readDelivery(env: Readonly<Record<string, string | undefined>>): DeliveryConfig {
  const names = Object.keys(deliverySchema.shape);
  const given = Object.fromEntries(names.map((name) => [name, env[name]?.trim() || undefined]));
  const parsed = deliverySchema.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const settings = parsed.data;
  const problems: string[] = [];
  const storage = readStorage(settings, (problem) => problems.push(problem));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    eventBusName: settings.EVENT_BUS_NAME,
    awsRegion: settings.AWS_REGION,
    awsEndpointUrl: settings.AWS_ENDPOINT_URL,
    logLevel: settings.LOG_LEVEL,
    storage,
  };
}
