import { z } from 'zod';

/** The environment variables for where payloads and parked events go, as `start --help` shows them. */
export const PUBLISH_SETTINGS = [
  {
    name: 'PARKING_QUEUE_URL',
    meaning: "instead of PARKING_DIR, with DEAD_LETTER_QUEUE_URL: SQS queue for what can't be published yet",
  },
  { name: 'DEAD_LETTER_QUEUE_URL', meaning: 'SQS queue for what was refused for good' },
  {
    name: 'PAYLOAD_DIR',
    meaning: 'folder for bodies too large for an event',
    fallback: '.payloads',
  },
  { name: 'PAYLOAD_BUCKET', meaning: 'instead of PAYLOAD_DIR: S3 bucket for bodies too large for an event' },
] as const;

const queueUrl = z.url({
  protocol: /^https?$/,
  error: (issue) => `"${String(issue.input)}" is no URL of an SQS queue`,
});

/** How each variable is read. */
export const publishSchema = z.object({
  PARKING_QUEUE_URL: queueUrl.optional(),
  DEAD_LETTER_QUEUE_URL: queueUrl.optional(),
  PAYLOAD_DIR: z.string().default(PUBLISH_SETTINGS[2].fallback),
  PAYLOAD_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
      error: (issue) => `"${String(issue.input)}" is no name of an S3 bucket`,
    })
    .optional(),
});

/** Where payloads go. */
export interface PayloadSettings {
  readonly payloadDir: string;
  /** Takes the place of the folder. */
  readonly payloadBucket: string | undefined;
  readonly awsRegion: string;
  readonly awsEndpointUrl: string | undefined;
}
