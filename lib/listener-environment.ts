import type { SettingName } from '../listener/config.ts';
import type { DialectConfig, ShardConfig, StackConfig } from './config.ts';

/** How long a task that is told to stop waits for a successor. With the drain after it, less than ECS allows (`stopTimeout`). */
const HANDOVER_SECONDS = 90;

/** Above 1024, since the container's user may not bind below. */
export const HEALTH_PORT = 8080;

/** What the listeners share, by the names they know it under. */
export interface ListenerResources {
  readonly stateTable: string;
  readonly parkingQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly payloadBucket: string;
}

/** What a shard's container is started with; nothing secret, the secret goes by its name. */
export function listenerEnvironment(
  {
    region,
    genesysRegion,
    name,
    detailType,
    dialect,
  }: Pick<StackConfig, 'region' | 'genesysRegion' | 'name' | 'detailType' | 'dialect'>,
  shard: ShardConfig,
  resources: ListenerResources,
) {
  return {
    GENESYS_SECRET_ID: shard.secretName,
    GENESYSCLOUD_REGION: genesysRegion,
    TOPICS: shard.topics.join(','),
    EVENT_BUS_NAME: name,
    AWS_REGION: region,
    SHARD: shard.name,
    DETAIL_TYPE: detailType,
    STATE_TABLE: resources.stateTable,
    PARKING_QUEUE_URL: resources.parkingQueueUrl,
    DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
    PAYLOAD_BUCKET: resources.payloadBucket,
    HANDOVER_SECONDS: String(HANDOVER_SECONDS),
    HEALTH_PORT: String(HEALTH_PORT),
    ...dialectEnvironment(dialect),
  } satisfies Partial<Record<SettingName, string>>;
}

function dialectEnvironment(dialect: DialectConfig): Partial<Record<SettingName, string>> {
  if (dialect.mode === 'channels') return { DIALECT: dialect.mode };
  const { mode, organisation, origin, userAgent, eventTypes } = dialect;
  return {
    DIALECT: mode,
    GENESYSCLOUD_ORG_ID: organisation,
    ORG_SOCKET_ORIGIN: origin,
    ...(userAgent === undefined ? {} : { ORG_SOCKET_USER_AGENT: userAgent }),
    ...(eventTypes === undefined ? {} : { ORG_SOCKET_EVENT_TYPES: eventTypes.join(',') }),
  };
}
