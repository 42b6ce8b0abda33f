import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { onlyResource, queueId, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf();

describe('the table for leases and checkpoints', () => {
  it('has the keys that the listener writes, forgets by itself, and can be brought back', () => {
    expect(onlyResource(template, 'AWS::DynamoDB::Table').Properties).toMatchObject({
      TableName: 'conversation-bridge-state',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('is not excused from backups, as the consumer’s table is', () => {
    const { Metadata } = onlyResource(template, 'AWS::DynamoDB::Table');
    expect(JSON.stringify(Metadata)).toContain('CKV_AWS_119');
    expect(JSON.stringify(Metadata)).not.toContain('CKV_AWS_28');
  });

  it('is one for all shards, of which each sees its own part only', () => {
    const shards = ['a', 'b'].map((name) => ({ name, topics: [`queue:${name}`] }));
    const sharded = templateOf({ shards });
    sharded.resourceCountIs('AWS::DynamoDB::Table', 1);
    const keys = Object.values(resourcesOf(sharded, 'AWS::IAM::Policy'))
      .flatMap(({ Properties }) => statementsOf(Properties['PolicyDocument']))
      .filter(({ Action }) => Action.some((action) => action.startsWith('dynamodb:')))
      .map(({ Condition }) => Condition);
    expect(keys).toEqual(
      ['shard#a', 'shard#b'].map((key) => ({
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [key] },
      })),
    );
  });
});

describe('the queues for what can’t be published', () => {
  it.each(['parked', 'dead-letters'])('%s keeps as much, for as long, as SQS can, encrypted', (name) => {
    expect(resourcesOf(template, 'AWS::SQS::Queue')[queueId(template, name)]?.Properties).toMatchObject({
      MaximumMessageSize: 1_048_576,
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  it('end at the dead letters, after five attempts that take most of an hour', () => {
    const parked = resourcesOf(template, 'AWS::SQS::Queue')[queueId(template, 'parked')]?.Properties;
    expect(parked).toMatchObject({
      VisibilityTimeout: 600,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [queueId(template, 'dead-letters'), 'Arn'] },
        maxReceiveCount: 5,
      },
    });
  });

  it('are spoken with over TLS only', () => {
    const guarded = Object.values(resourcesOf(template, 'AWS::SQS::QueuePolicy')).flatMap(({ Properties }) =>
      z
        .object({ Queues: z.array(z.object({ Ref: z.string() })) })
        .parse(Properties)
        .Queues.map(({ Ref }) => Ref),
    );
    expect(new Set(guarded)).toEqual(new Set(Object.keys(resourcesOf(template, 'AWS::SQS::Queue'))));
  });
});

describe('the bucket for bodies too large for an event', () => {
  const policyOf = (consumers: Readonly<Record<string, unknown>>) =>
    statementsOf(
      onlyResource(templateOf({ consumers }), 'AWS::S3::BucketPolicy').Properties['PolicyDocument'],
    );
  const allowed = (consumers: Readonly<Record<string, unknown>>) =>
    policyOf(consumers).filter(({ Effect }) => Effect === 'Allow');

  it('is closed to the public, encrypted, and forgets after the configured days', () => {
    const bucket = onlyResource(templateOf({ retention: { payloadDays: 3 } }), 'AWS::S3::Bucket').Properties;
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 3 }] },
    });
    expect(onlyResource(template, 'AWS::S3::Bucket').Properties).toMatchObject({
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 31 }] },
    });
  });

  it('refuses what does not come over TLS', () => {
    expect(policyOf({})).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });

  it('lets those read bodies who may have rules, and do nothing else', () => {
    const [bucket] = Object.keys(resourcesOf(template, 'AWS::S3::Bucket'));
    const Resource = { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/payloads/*']] };
    const common = { Effect: 'Allow', Action: ['s3:GetObject'], Resource };
    expect(allowed({ accounts: ['111122223333'] })).toEqual([
      { ...common, Sid: 'Account111122223333', Principal: { AWS: expect.anything() } },
    ]);
    expect(JSON.stringify(allowed({ accounts: ['111122223333'] }))).toContain('111122223333:root');
    expect(allowed({ organisation: 'o-a1b2c3d4e5' })).toEqual([
      {
        ...common,
        Sid: 'Organisation',
        Principal: { AWS: '*' },
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      },
    ]);
  });
});
