import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../listener/config.ts';
import { resourcesOf, templateOf } from './synthesis.ts';

const ORG_SOCKET = {
  mode: 'org-socket',
  organisation: '5f1c6a3e-9d0b-4c7e-8a52-0e6b7d94c1f3',
  origin: 'https://bridge.example.com',
  userAgent: 'bridge (ops@example.com)',
  eventTypes: ['conversation:conversation:updated', 'routing:queue:updated'],
};

const taskDefinition = z.looseObject({
  ContainerDefinitions: z.tuple([
    z.looseObject({ Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })) }),
  ]),
});
const listenerFunction = z.looseObject({
  FunctionName: z.string().regex(/-(listener|doctor)-0$/),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

/** The environments of everything that reads the listener's settings. */
function environmentsOf(template: ReturnType<typeof templateOf>): Record<string, unknown>[] {
  const tasks = Object.values(resourcesOf(template, 'AWS::ECS::TaskDefinition')).map(({ Properties }) => {
    const [{ Environment }] = taskDefinition.parse(Properties).ContainerDefinitions;
    return Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
  });
  const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(
    ({ Properties }) => listenerFunction.parse(Properties).Environment.Variables,
  );
  return [...tasks, ...functions];
}

/** As the listener reads it, when what is known at the deployment only has a name. */
function dialectOf(environment: Record<string, unknown>) {
  const named = Object.entries(environment).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : name.endsWith('_URL') ? 'https://sqs.invalid/queue' : 'named-later',
  ]);
  return readConfig(Object.fromEntries(named)).dialect;
}

describe.each(['fargate', 'relay'])('the dialect of a listener in shape %s', (shape) => {
  it('is that of the Notifications API unless the configuration says otherwise', () => {
    const environments = environmentsOf(templateOf({ shape }));
    expect(environments).toHaveLength(2);
    for (const environment of environments) expect(dialectOf(environment)).toEqual({ name: 'channels' });
  });

  it('is the org socket, with everything that the configuration says of it, for listener and doctor', () => {
    const conversation = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';
    const topics = [`conversation:${conversation}`];
    const environments = environmentsOf(templateOf({ shape, dialect: ORG_SOCKET, topics }));
    expect(environments).toHaveLength(2);
    for (const environment of environments)
      expect(dialectOf(environment)).toEqual({
        name: 'org-socket',
        url: `wss://${ORG_SOCKET.organisation}.mypurecloud.jp/websocket`,
        origin: ORG_SOCKET.origin,
        userAgent: ORG_SOCKET.userAgent,
        eventTypes: ORG_SOCKET.eventTypes,
        conversations: [conversation],
      });
  });
});
