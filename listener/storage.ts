import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { CheckpointStore } from './continuity/checkpoint-store.ts';
import { DynamoDbCheckpointStore } from './continuity/dynamodb-checkpoint-store.ts';
import { DynamoDbLeaseStore } from './continuity/dynamodb-lease-store.ts';
import { FileCheckpointStore } from './continuity/file-checkpoint-store.ts';
import { FileLeaseStore } from './continuity/file-lease-store.ts';
import type { LeaseStore } from './continuity/lease-store.ts';
import { createStateTableClient } from './continuity/state-table.ts';
import { createS3Client, createSqsClient } from './publish/aws-clients.ts';
import { FileParking } from './publish/file-parking.ts';
import { FolderPayloadStore } from './publish/folder-payload-store.ts';
import type { ParkingLot } from './publish/parking.ts';
import type { PayloadSource, PayloadStore } from './publish/payload-store.ts';
import { QueueParking } from './publish/queue-parking.ts';
import { S3PayloadStore } from './publish/s3-payload-store.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** The file in PARKING_DIR. */
export const PARKING_FILE = 'parked.jsonl';

type Places = Pick<Config, 'storage' | 'awsRegion' | 'awsEndpointUrl'>;

/** What a listener keeps outside of itself, where its configuration says. */
export interface Storage {
  readonly state: { readonly leases: LeaseStore; readonly checkpoints: CheckpointStore };
  readonly payloads: PayloadStore;
  readonly parking: ParkingLot;
  /** Waits for what is being parked. */
  close(): Promise<void>;
}

export function openStorage(
  config: Places & Pick<Config, 'shard'>,
  { clock, logger, metrics }: { clock: Clock; logger: Logger; metrics: Metrics },
): Storage {
  const payloads = payloadStoreOf(config, clock);
  const { parking, close } = parkingOf(config, { payloads, clock, logger, metrics });
  return { state: stateOf(config, { clock, logger, metrics }), payloads, parking, close };
}

/** The payload store that the configuration names. */
export function payloadStoreOf(config: Places, clock: Clock): PayloadStore & PayloadSource {
  const { payloads } = config.storage;
  if (payloads.in === 'folder') return new FolderPayloadStore(payloads.folder);
  return new S3PayloadStore({ client: createS3Client(awsOf(config)), bucket: payloads.bucket, clock });
}

function parkingOf(
  config: Places,
  dependencies: { payloads: PayloadStore; clock: Clock; logger: Logger; metrics: Metrics },
): Pick<Storage, 'parking' | 'close'> {
  const { parking } = config.storage;
  const { payloads: store, clock, logger, metrics } = dependencies;
  if (parking.in === 'folder') {
    const file = new FileParking({ path: join(parking.folder, PARKING_FILE), clock });
    return { parking: file, close: () => file.close() };
  }
  const { parkingQueueUrl, deadLetterQueueUrl } = parking;
  const client = createSqsClient(awsOf(config));
  return {
    parking: new QueueParking({
      client,
      parkingQueueUrl,
      deadLetterQueueUrl,
      store,
      clock,
      metrics,
      logger,
    }),
    close: async () => client.destroy(),
  };
}

function stateOf(
  config: Places & Pick<Config, 'shard'>,
  dependencies: { clock: Clock; logger: Logger; metrics: Metrics },
): Storage['state'] {
  const { shard } = config;
  const { state } = config.storage;
  if (state.in === 'folder') {
    const at = { ...dependencies, folder: state.folder, shard };
    return { leases: new FileLeaseStore(at), checkpoints: new FileCheckpointStore(at) };
  }
  const client = createStateTableClient(awsOf(config));
  const at = { ...dependencies, client, tableName: state.table, shard };
  return { leases: new DynamoDbLeaseStore(at), checkpoints: new DynamoDbCheckpointStore(at) };
}

function awsOf({ awsRegion: region, awsEndpointUrl: endpoint }: Places) {
  return { region, ...(endpoint === undefined ? {} : { endpoint }) };
}
