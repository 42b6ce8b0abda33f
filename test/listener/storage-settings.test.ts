import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, readDelivery } from '../../listener/config.ts';
import { STORAGE_SETTINGS, storageSchema } from '../../listener/storage-settings.ts';
import { TIMING_SETTINGS, timingSchema } from '../../listener/timing-settings.ts';

const LISTENS = {
  GENESYSCLOUD_OAUTHCLIENT_ID: 'i',
  GENESYSCLOUD_OAUTHCLIENT_SECRET: 's',
  TOPICS: 'queues:*',
};
const QUEUE = 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/parked';
const DEAD = 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/dead';

type Read = (env: Record<string, string>) => unknown;
const asListener: Read = (env) => readConfig({ ...LISTENS, ...env });
const asReplay: Read = readDelivery;

function problems(read: Read, env: Record<string, string>): readonly string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings for where things are kept, and for how long things take', () => {
  it('are each described and read', () => {
    expect(STORAGE_SETTINGS.map(({ name }) => name)).toEqual(Object.keys(storageSchema.shape));
    expect(TIMING_SETTINGS.map(({ name }) => name)).toEqual(Object.keys(timingSchema.shape));
  });

  it('need neither credentials nor topics when only something is sent again, and have defaults', () => {
    expect(readDelivery({})).toEqual({
      eventBusName: 'conversation-bridge',
      awsRegion: 'ap-northeast-1',
      awsEndpointUrl: undefined,
      logLevel: 'info',
      storage: {
        state: { in: 'folder', folder: '.state' },
        parking: { in: 'folder', folder: '.parked' },
        payloads: { in: 'folder', folder: '.payloads' },
        payloadLimitBytes: 245_760,
        bufferBytes: 67_108_864,
      },
    });
  });

  it('name a table, two queues and a bucket in the place of folders', () => {
    const aws = {
      STATE_TABLE: 'state',
      PARKING_QUEUE_URL: QUEUE,
      DEAD_LETTER_QUEUE_URL: DEAD,
      PAYLOAD_BUCKET: 'bodies',
      PAYLOAD_LIMIT_KB: '100',
      BUFFER_MB: '1',
    };
    const storage = {
      state: { in: 'table', table: 'state' },
      parking: { in: 'queues', parkingQueueUrl: QUEUE, deadLetterQueueUrl: DEAD },
      payloads: { in: 'bucket', bucket: 'bodies' },
      payloadLimitBytes: 102_400,
      bufferBytes: 1_048_576,
    };
    expect(asListener(aws)).toMatchObject({ storage });
    expect(asReplay(aws)).toMatchObject({ storage });
  });

  it('count as absent when empty, and are trimmed', () => {
    expect(
      readDelivery({ PAYLOAD_BUCKET: ' ', STATE_TABLE: '', PARKING_DIR: ' here ' }).storage,
    ).toMatchObject({
      state: { in: 'folder' },
      payloads: { in: 'folder' },
      parking: { in: 'folder', folder: 'here' },
    });
  });

  it.each([
    ['by a listener', asListener],
    ['by a replay', asReplay],
  ])('are refused by name, a line for each (%s)', (_, read) => {
    const bad = {
      PARKING_QUEUE_URL: 'parked',
      PAYLOAD_BUCKET: 'Two Words',
      STATE_TABLE: 'a table',
      PAYLOAD_LIMIT_KB: '901',
      BUFFER_MB: '0',
    };
    expect(problems(read, bad)).toEqual([
      'STATE_TABLE: "a table" is no name of a DynamoDB table',
      'PARKING_QUEUE_URL: "parked" is no URL of an SQS queue',
      'PAYLOAD_BUCKET: "Two Words" is no name of an S3 bucket',
      'PAYLOAD_LIMIT_KB: "901" is not a whole number from 1 to 900',
      'BUFFER_MB: "0" is not a whole number from 1 to 4096',
    ]);
  });

  it.each([
    ['by a listener', asListener],
    ['by a replay', asReplay],
  ])('take both queues or neither (%s)', (_, read) => {
    expect(problems(read, { PARKING_QUEUE_URL: QUEUE })).toEqual([
      expect.stringMatching(/^DEAD_LETTER_QUEUE_URL: missing; /),
    ]);
    expect(problems(read, { DEAD_LETTER_QUEUE_URL: DEAD })).toEqual([
      expect.stringMatching(/^PARKING_QUEUE_URL: missing; /),
    ]);
    expect(problems(read, { PARKING_QUEUE_URL: QUEUE, DEAD_LETTER_QUEUE_URL: DEAD })).toEqual([]);
  });

  it.each([
    ['LEASE_SECONDS', '0', '1 to 60'],
    ['HANDOVER_SECONDS', '111', '0 to 110'],
    ['HEARTBEAT_TIMEOUT_SECONDS', '1', '2 to 600'],
    ['ANALYTICS_LAG_SECONDS', '1.5', '0 to 3600'],
    ['CREDENTIALS_RECHECK_SECONDS', 'soon', '1 to 86400'],
  ])('refuse a time that makes no sense: %s=%s', (name, value, range) => {
    expect(problems(asListener, { [name]: value })).toEqual([
      `${name}: "${value}" is not a whole number from ${range}`,
    ]);
  });
});
