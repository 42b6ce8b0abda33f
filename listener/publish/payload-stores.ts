import type { Clock } from '../clock.ts';
import { createS3Client } from './aws-clients.ts';
import { FolderPayloadStore } from './folder-payload-store.ts';
import type { PayloadSource, PayloadStore } from './payload-store.ts';
import { S3PayloadStore } from './s3-payload-store.ts';
import type { PayloadSettings } from './settings.ts';

/** The payload store that the configuration names. */
export function payloadStoreOf(settings: PayloadSettings, clock: Clock): PayloadStore & PayloadSource {
  const { payloadBucket: bucket, awsRegion: region, awsEndpointUrl: endpoint } = settings;
  if (bucket === undefined) return new FolderPayloadStore(settings.payloadDir);
  return new S3PayloadStore({ client: createS3Client({ region, endpoint }), bucket, clock });
}
