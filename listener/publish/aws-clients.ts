import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

export interface AwsClientOptions {
  readonly region: string;
  /** Another server than the region's, such as an emulator; without it the SDK looks at `AWS_ENDPOINT_URL` itself. */
  readonly endpoint?: string | undefined;
  /** Without them the SDK's default chain finds some. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How often the SDK sends a request; 1 unless said, since whoever publishes or parks tries again itself. */
  readonly maxAttempts?: number;
}

/** A client for `S3PayloadStore`. A request takes at most 2 s to connect and 30 s in all. */
export function createS3Client(options: AwsClientOptions): S3Client {
  // An emulator has no name for each bucket.
  return new S3Client({ ...settings(options, 30_000), forcePathStyle: options.endpoint !== undefined });
}

/** A client for `QueueParking`. A request takes at most 2 s to connect and 30 s in all, waiting for messages included. */
export function createSqsClient(options: AwsClientOptions): SQSClient {
  return new SQSClient(settings(options, 30_000));
}

function settings(
  { region, endpoint, credentials, maxAttempts = 1 }: AwsClientOptions,
  requestTimeout: number,
) {
  const agent = { keepAlive: true, maxSockets: 16 };
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout,
      // Without this the SDK only warns of a request that takes too long.
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}
