import { describe, expect, it } from 'vitest';
import { ConfigError, readDelivery } from '../../../listener/config.ts';
import { PUBLISH_SETTINGS, publishSchema } from '../../../listener/publish/settings.ts';

function problems(env: Record<string, string>): readonly string[] {
  try {
    readDelivery(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings for what is parked and offloaded', () => {
  it('are each described and read', () => {
    expect(PUBLISH_SETTINGS.map(({ name }) => name)).toEqual(Object.keys(publishSchema.shape));
  });

  it('need neither credentials nor topics, and have defaults', () => {
    expect(readDelivery({})).toEqual({
      eventBusName: 'conversation-bridge',
      awsRegion: 'ap-northeast-1',
      awsEndpointUrl: undefined,
      parkingDir: '.parked',
      logLevel: 'info',
      parkingQueueUrl: undefined,
      deadLetterQueueUrl: undefined,
      payloadDir: '.payloads',
      payloadBucket: undefined,
    });
  });

  it('count as absent when empty, and are trimmed', () => {
    expect(readDelivery({ PAYLOAD_BUCKET: ' ', PARKING_DIR: ' here ' })).toMatchObject({
      payloadBucket: undefined,
      parkingDir: 'here',
    });
  });

  it('are refused by name, a line for each', () => {
    expect(
      problems({ PARKING_QUEUE_URL: 'parked', PAYLOAD_BUCKET: 'Two Words', AWS_REGION: 'Tokyo' }),
    ).toEqual([
      expect.stringMatching(/^AWS_REGION: /),
      'PARKING_QUEUE_URL: "parked" is no URL of an SQS queue',
      'PAYLOAD_BUCKET: "Two Words" is no name of an S3 bucket',
    ]);
  });
});
