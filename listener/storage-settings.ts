import { z } from 'zod';
import { wholeNumber } from './setting-kinds.ts';

/** Where a listener keeps what must outlive it. On AWS: a table, two queues and a bucket; else folders. */
export interface StorageConfig {
  readonly state:
    | { readonly in: 'table'; readonly table: string }
    | { readonly in: 'folder'; readonly folder: string };
  readonly parking:
    | { readonly in: 'queues'; readonly parkingQueueUrl: string; readonly deadLetterQueueUrl: string }
    | { readonly in: 'folder'; readonly folder: string };
  readonly payloads:
    | { readonly in: 'bucket'; readonly bucket: string }
    | { readonly in: 'folder'; readonly folder: string };
  /** From this size on, in bytes, the body of an event goes to `payloads`. */
  readonly payloadLimitBytes: number;
  /** What may wait to be published or parked, in bytes. */
  readonly bufferBytes: number;
}

/** For `start --help`. */
export const STORAGE_SETTINGS = [
  {
    name: 'STATE_DIR',
    meaning: 'folder for the lease and the checkpoint of the shard',
    fallback: '.state',
  },
  { name: 'STATE_TABLE', meaning: 'instead: a DynamoDB table with the keys pk and sk' },
  { name: 'PARKING_DIR', meaning: "folder for what can't be published", fallback: '.parked' },
  {
    name: 'PARKING_QUEUE_URL',
    meaning: 'instead: the SQS queue for what may be taken later; needs DEAD_LETTER_QUEUE_URL, too',
  },
  { name: 'DEAD_LETTER_QUEUE_URL', meaning: 'the SQS queue for what is refused for good' },
  {
    name: 'PAYLOAD_DIR',
    meaning: 'folder for bodies that are too large for an event',
    fallback: '.payloads',
  },
  { name: 'PAYLOAD_BUCKET', meaning: 'instead: an S3 bucket' },
  {
    name: 'PAYLOAD_LIMIT_KB',
    meaning: 'from which size on, in KiB, a body is too large; some targets of rules take 256',
    fallback: '240',
  },
  {
    name: 'BUFFER_MB',
    meaning:
      'how much may wait for the event bus, in MiB, before the socket is paused and then events are parked',
    fallback: '64',
  },
] as const;

export const storageSchema = z.object({
  STATE_DIR: z.string().default('.state'),
  STATE_TABLE: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, {
      error: (issue) => `"${String(issue.input)}" is no name of a DynamoDB table`,
    })
    .optional(),
  PARKING_DIR: z.string().default('.parked'),
  PARKING_QUEUE_URL: queueUrl().optional(),
  DEAD_LETTER_QUEUE_URL: queueUrl().optional(),
  PAYLOAD_DIR: z.string().default('.payloads'),
  PAYLOAD_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
      error: (issue) => `"${String(issue.input)}" is no name of an S3 bucket`,
    })
    .optional(),
  PAYLOAD_LIMIT_KB: wholeNumber(1, 900).default(240),
  BUFFER_MB: wholeNumber(1, 4096).default(64),
});

/**
 * Reads where things are kept.
 * @param say takes what is wrong, one line each
 */
export function readStorage(
  settings: z.infer<typeof storageSchema>,
  say: (problem: string) => void,
): StorageConfig {
  const { STATE_TABLE: table, PAYLOAD_BUCKET: bucket } = settings;
  return {
    state: table === undefined ? { in: 'folder', folder: settings.STATE_DIR } : { in: 'table', table },
    parking: readParking(settings, say),
    payloads:
      bucket === undefined ? { in: 'folder', folder: settings.PAYLOAD_DIR } : { in: 'bucket', bucket },
    payloadLimitBytes: settings.PAYLOAD_LIMIT_KB * 1024,
    bufferBytes: settings.BUFFER_MB * 1024 * 1024,
  };
}

function readParking(
  {
    PARKING_QUEUE_URL: parkingQueueUrl,
    DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
    PARKING_DIR,
  }: z.infer<typeof storageSchema>,
  say: (problem: string) => void,
): StorageConfig['parking'] {
  if (parkingQueueUrl !== undefined && deadLetterQueueUrl !== undefined)
    return { in: 'queues', parkingQueueUrl, deadLetterQueueUrl };
  if (parkingQueueUrl !== undefined)
    say('DEAD_LETTER_QUEUE_URL: missing; PARKING_QUEUE_URL alone has no place for what is refused for good');
  else if (deadLetterQueueUrl !== undefined)
    say('PARKING_QUEUE_URL: missing; DEAD_LETTER_QUEUE_URL alone has no place for what may be taken later');
  return { in: 'folder', folder: PARKING_DIR };
}

function queueUrl() {
  return z.url({
    protocol: /^https?$/,
    error: (issue) => `"${String(issue.input)}" is no URL of an SQS queue`,
  });
}
