import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { CHANGES, CONVERSATION_STATES, MEDIA_TYPES } from '../listener/contract/vocabulary.ts';
import { businessHoursSchema } from './business-hours.ts';
import { choice, fields, flag, list, text, wholeNumber } from './config-fields.ts';

/** CloudWatch takes no others. */
const LOG_RETENTION_DAYS: readonly number[] = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** An alarm over all shards can look at ten metrics, so there are no more shards than that. Source: CloudWatch, alarm limits. */
const MOST_SHARDS = 10;

/** What a listener runs in. */
export const SHAPES = ['fargate', 'relay'] as const;

const SECRET_NAME = text(/^[A-Za-z0-9/_+=.@-]{1,200}$/, 'is no name of a secret');

const shard = fields({
  name: z.string(),
  topics: list(z.string()),
  secretName: SECRET_NAME.optional(),
});

const network = z.discriminatedUnion(
  'mode',
  [
    fields({ mode: z.literal('public') }),
    fields({ mode: z.literal('private'), natGateways: wholeNumber(1, 2).default(2) }),
    fields({
      mode: z.literal('existing'),
      vpcId: text(/^vpc-[0-9a-f]+$/, 'is no id of a VPC, such as vpc-0123456789abcdef0'),
      subnetIds: list(text(/^subnet-[0-9a-f]+$/, 'is no id of a subnet, such as subnet-0123456789abcdef0')),
      publicIp: flag().default(false),
    }),
  ],
  { error: 'must be one of public, private, existing' },
);

/** What the values of the org socket may be is the listener's to say. */
const dialect = z.discriminatedUnion(
  'mode',
  [
    fields({ mode: z.literal('channels') }),
    fields({
      mode: z.literal('org-socket'),
      organisation: z.string(),
      origin: z.string(),
      userAgent: z.string().optional(),
      eventTypes: list(z.string()).optional(),
    }),
  ],
  { error: 'must be one of channels, org-socket' },
);

const consumers = fields({
  accounts: list(text(/^\d{12}$/, 'is no AWS account id (12 digits)'))
    .refine((accounts) => accounts.length <= 20, {
      error: 'names more than 20 accounts; name the organisation',
    })
    .default([]),
  organisation: text(
    /^o-[a-z0-9]{10,32}$/,
    'is no id of an AWS organisation, such as o-a1b2c3d4e5',
  ).optional(),
});

const api = fields({
  url: z.string(),
  method: z.string().optional(),
  body: z.string().optional(),
  timeoutSeconds: wholeNumber(1, 60).default(10),
  attempts: wholeNumber(1, 10).default(3),
  conflict: z.string().optional(),
  secret: fields({
    name: SECRET_NAME.optional(),
    field: z.string().optional(),
    header: z.string().optional(),
    scheme: z.string().optional(),
  }).optional(),
  replays: choice(['once', 'skip']).default('once'),
  idempotencyDays: wholeNumber(1, 3654).optional(),
  maxConcurrency: wholeNumber(1, 1000).optional(),
  match: fields({
    mediaTypes: list(choice(MEDIA_TYPES)).optional(),
    states: list(choice(keysOf(CONVERSATION_STATES))).optional(),
    changes: list(choice(keysOf(CHANGES))).optional(),
    queueIds: list(z.string()).optional(),
  }).prefault({}),
});

/** Every field of the configuration, what it may be, and what it is when it is absent. */
export const configSchema = fields({
  name: text(
    /^[a-z][a-z0-9-]{0,30}$/,
    'must be 1 to 31 lower-case letters, digits or -, a letter first',
  ).default('conversation-bridge'),
  account: text(/^\d{12}$/, 'is no AWS account id (12 digits)').optional(),
  region: z.string().default('ap-northeast-1'),
  genesysRegion: z.string().default('ap-northeast-1'),
  dialect: dialect.default({ mode: 'channels' }),
  topics: list(z.string()).optional(),
  shards: list(shard)
    .refine((shards) => shards.length <= MOST_SHARDS, { error: `names more than ${MOST_SHARDS} shards` })
    .optional(),
  shape: choice(SHAPES).default('fargate'),
  standby: flag().default(false),
  network: network.default({ mode: 'public' }),
  detailType: z.string().default('contract'),
  consumers: consumers.prefault({}),
  alarms: fields({
    email: z.email({ error: (issue) => `"${String(issue.input)}" is no e-mail address` }).optional(),
    runbookUrl: z.string().default('docs/runbook.md'),
  }).prefault({}),
  businessHours: businessHoursSchema.prefault({}),
  retention: fields({
    logsDays: wholeNumber(1, 3653)
      .refine((days) => LOG_RETENTION_DAYS.includes(days), {
        error: (issue) => `${String(issue.input)} is not one of ${LOG_RETENTION_DAYS.join(', ')}`,
      })
      .default(30),
    archiveDays: wholeNumber(1, 3653).default(30),
    payloadDays: wholeNumber(1, 3654).optional(),
  }).prefault({}),
  debugRule: flag().default(false),
  api: api.optional(),
});

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record).filter((key): key is Key => key in record);
}
