import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface StateTableClientOptions {
  readonly region: string;
  /** Another server than the region's; without it the SDK looks at `AWS_ENDPOINT_URL` itself. */
  readonly endpoint?: string | undefined;
  /** Without them the SDK's default chain finds some. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long a request may take, its answer included, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/**
 * A client for the stores of a table with the keys `pk` and `sk`. It sends each request once: lease and checkpointer
 * make their attempts themselves, and a renewal that comes late is worth nothing.
 */
export function createStateTableClient(options: StateTableClientOptions): DynamoDBDocumentClient {
  const { region, endpoint, credentials, requestTimeoutMs = 1_000 } = options;
  const client = new DynamoDBClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: Math.min(requestTimeoutMs, 1_000),
      requestTimeout: requestTimeoutMs,
      // Without this the SDK only warns of a request that takes too long.
      throwOnRequestTimeout: true,
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** The partition in which everything of a shard stands. */
export function partitionOf(shard: string): string {
  return `shard#${shard}`;
}
