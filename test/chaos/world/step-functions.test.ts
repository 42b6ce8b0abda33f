import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAwsGateway } from '../../../chaos/world/aws-gateway.ts';
import { stepFunctionsCallback } from '../../../lambda/relay/step-functions-callback.ts';

/** A relay's own way to Step Functions, with the gateway at the other end. */
async function start() {
  const gateway = await startAwsGateway('http://127.0.0.1:9', 'secret');
  const client = new SFNClient({
    region: 'ap-northeast-1',
    endpoint: gateway.urlFor('relay-1'),
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await gateway.close();
  });
  const heard: string[] = [];
  const token = gateway.tasks.open((told) => heard.push(told));
  return { gateway, client, heard, token, callback: stepFunctionsCallback(client, token) };
}

describe('Step Functions as relays meet it', () => {
  it('takes heartbeats until it is told how it went, and nothing after that', async () => {
    const { callback, heard } = await start();
    expect(await callback.heartbeat()).toBe('awaited');
    expect(await callback.next()).toBe('awaited');
    expect(await callback.heartbeat()).toBe('closed');
    expect(await callback.next()).toBe('closed');
    expect(heard).toEqual(['heartbeat', 'success']);
  });

  it('takes a failure, too', async () => {
    const { callback, heard } = await start();
    expect(await callback.failed('RelayStuck', 'why')).toBe('awaited');
    expect(heard).toEqual(['failure']);
  });

  it('knows no task of a token that it never gave out', async () => {
    const { client } = await start();
    expect(await stepFunctionsCallback(client, 'made-up').heartbeat()).toBe('closed');
  });

  it('fails calls while it is deaf, and hears them while it is mute', async () => {
    const { gateway, callback, heard } = await start();
    gateway.stepFunctions = 'deaf';
    await expect(callback.next()).rejects.toMatchObject({ name: 'InternalFailure' });
    expect(heard).toEqual([]);
    gateway.stepFunctions = 'mute';
    await expect(callback.next()).rejects.toMatchObject({ name: 'InternalFailure' });
    expect(heard).toEqual(['success']);
    gateway.stepFunctions = 'well';
    expect(await callback.next()).toBe('closed');
  });

  it('refuses what the campaign does not know', async () => {
    const { client } = await start();
    const other = new StartExecutionCommand({ stateMachineArn: 'arn:aws:states:x:1:stateMachine:y' });
    await expect(client.send(other)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
