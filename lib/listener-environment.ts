import type { SettingName } from '../listener/config.ts';
import type { ShardConfig, StackConfig } from './config.ts';

/** The one folder of the container that can be written to. */
export const PARKING_DIR = '/var/lib/conversation-bridge';
/** Above 1024, since the container's user may not bind below. */
export const HEALTH_PORT = 8080;

/** What a shard's container is started with; nothing secret, the secret goes by its name. */
export function listenerEnvironment(
  {
    region,
    genesysRegion,
    name,
    detailType,
  }: Pick<StackConfig, 'region' | 'genesysRegion' | 'name' | 'detailType'>,
  shard: ShardConfig,
) {
  return {
    GENESYS_SECRET_ID: shard.secretName,
    GENESYSCLOUD_REGION: genesysRegion,
    TOPICS: shard.topics.join(','),
    EVENT_BUS_NAME: name,
    AWS_REGION: region,
    SHARD: shard.name,
    DETAIL_TYPE: detailType,
    PARKING_DIR,
    HEALTH_PORT: String(HEALTH_PORT),
  } satisfies Partial<Record<SettingName, string>>;
}
