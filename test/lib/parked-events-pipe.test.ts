import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sampleEvents } from '../../listener/contract/sample.ts';
import { onlyResource, queueId, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf();
const [bus] = Object.keys(resourcesOf(template, 'AWS::Events::EventBus'));
const busArn = { 'Fn::GetAtt': [bus, 'Arn'] };
const queueArn = { 'Fn::GetAtt': [queueId(template, 'parked'), 'Arn'] };

const pipe = z
  .object({
    Name: z.string(),
    RoleArn: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
    Source: z.unknown(),
    SourceParameters: z.unknown(),
    Target: z.unknown(),
    TargetParameters: z.object({
      EventBridgeEventBusParameters: z.strictObject({
        Source: z.string(),
        DetailType: z.string(),
        Time: z.string(),
      }),
      InputTemplate: z.string(),
    }),
  })
  .parse(onlyResource(template, 'AWS::Pipes::Pipe').Properties);

/** A message as the listener parks it, in the form that docs/operations.md describes, and as a pipe reads it from SQS. */
function messageWith(item: unknown) {
  const reason = { code: 'ThrottlingException', message: 'Rate exceeded', attempts: 8 };
  const body = { formatVersion: 1, parkedAt: '2026-01-05T09:01:00.000Z', reason, item };
  return { messageId: 'm', attributes: { ApproximateReceiveCount: '1' }, body: JSON.stringify(body) };
}

/** What a pipe makes of a path: the body is read as JSON when it is JSON. Source: EventBridge, "Pipes targets". */
function at(message: ReturnType<typeof messageWith>, path: string): unknown {
  const [root, ...names] = path.split('.');
  if (root !== '$') throw new Error(`"${path}" is no path`);
  let value: unknown = { ...message, body: JSON.parse(message.body) };
  for (const name of names) value = z.record(z.string(), z.unknown()).catch({}).parse(value)[name];
  return value;
}

/** The entry that a pipe puts on the bus for a message. */
function entryOf(message: ReturnType<typeof messageWith>) {
  const { EventBridgeEventBusParameters: parameters, InputTemplate } = pipe.TargetParameters;
  const [, path] = /^<(\$[^<>]*)>$/.exec(InputTemplate) ?? [];
  if (path === undefined) throw new Error(`"${InputTemplate}" is more than a path`);
  return {
    source: at(message, parameters.Source),
    detailType: at(message, parameters.DetailType),
    time: at(message, parameters.Time),
    detail: at(message, path),
  };
}

describe('the pipe for parked events', () => {
  it('leads from the queue of parked events to the bus, one at a time', () => {
    expect(pipe).toMatchObject({
      Source: queueArn,
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      Target: busArn,
    });
  });

  it('filters nothing, since a pipe deletes what its filter leaves out', () => {
    expect(JSON.stringify(pipe.SourceParameters)).not.toContain('Filter');
  });

  it.each(sampleEvents())('puts the event on the bus that was parked: $name', ({ event }) => {
    const { source, 'detail-type': detailType, time, detail } = event;
    const item = { kind: 'event', eventId: 'e', orderingKey: 'k', source, detailType, time, detail };
    expect(entryOf(messageWith(item))).toEqual({ source, detailType, time, detail });
  });

  it.each([
    ['a frame', { kind: 'frame', receivedAt: '2026-01-05T09:00:00.000Z', encoding: 'utf8', body: '{}' }],
    ['an item that is kept elsewhere', undefined],
  ])('makes no event of %s, so that it fails and comes to the dead letters', (_, item) => {
    expect(entryOf(messageWith(item))).toEqual({});
  });

  it('has paths of the form that CloudFormation takes', () => {
    const { Source, Time } = pipe.TargetParameters.EventBridgeEventBusParameters;
    for (const path of [Source, Time]) expect(path).toMatch(/^\$(\.[\w/_-]+(\[(\d+|\*)\])*)*$/);
  });

  it('may take from the one queue and put on the one bus, in the bridge’s name, and is the only pipe that may', () => {
    const [roleId] = pipe.RoleArn['Fn::GetAtt'];
    const role = z
      .object({
        AssumeRolePolicyDocument: z.unknown(),
        Policies: z.tuple([z.object({ PolicyDocument: z.unknown() })]),
      })
      .parse(resourcesOf(template, 'AWS::IAM::Role')[roleId]?.Properties);
    expect(statementsOf(role.Policies[0].PolicyDocument)).toEqual([
      {
        Effect: 'Allow',
        Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        Resource: queueArn,
      },
      {
        Effect: 'Allow',
        Action: ['events:PutEvents'],
        Resource: busArn,
        Condition: { StringEquals: { 'events:source': 'conversation-bridge' } },
      },
    ]);
    const [trust, ...others] = statementsOf(role.AssumeRolePolicyDocument);
    expect(others).toEqual([]);
    expect(trust?.Principal).toEqual({ Service: 'pipes.amazonaws.com' });
    expect(JSON.stringify(trust?.Condition)).toContain(`:pipe/${pipe.Name}`);
  });
});
