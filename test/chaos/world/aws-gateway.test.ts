import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAwsGateway } from '../../../chaos/world/aws-gateway.ts';
import { createEventBridgeBus, createEventBridgeClient } from '../../../listener/publish/eventbridge-bus.ts';
import { startLocalEventBus } from '../../../mock/event-bus/local-event-bus.ts';

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
const region = 'ap-northeast-1';
const entry = { source: 's', detailType: 't', detail: '{"a":1}', time: new Date(0) };

async function start() {
  const bus = await startLocalEventBus();
  const gateway = await startAwsGateway(bus.url, 'first');
  onTestFinished(async () => {
    await gateway.close();
    await bus.close();
  });
  const busFor = (caller: string) => {
    const client = createEventBridgeClient({ region, credentials, endpoint: gateway.urlFor(caller) });
    onTestFinished(() => client.destroy());
    return createEventBridgeBus({ client, eventBusName: 'conversation-bridge' });
  };
  return { bus, gateway, busFor };
}

describe('the gateway', () => {
  it('passes events on to the bus, and knows whose they were', async () => {
    const { bus, gateway, busFor } = await start();
    await busFor('one').put([entry]);
    await busFor('one').put([entry]);
    await busFor('two').put([entry]);
    expect(bus.events).toHaveLength(3);
    expect(gateway.publishers.map(({ caller }) => caller)).toEqual(['one', 'two']);
    expect(gateway.lastPublisher).toBe('two');
  });

  it('shows faults of the bus as they are', async () => {
    const { bus, gateway, busFor } = await start();
    bus.controls.failEntries({ code: 'ThrottlingException', next: 1 });
    expect(await busFor('one').put([entry])).toEqual([
      expect.objectContaining({ accepted: false, code: 'ThrottlingException' }),
    ]);
    bus.controls.dropConnections({});
    await expect(busFor('two').put([entry])).rejects.toMatchObject({ canRetry: true });
    bus.controls.reset();
    bus.controls.failCalls({ code: 'InternalFailure', status: 500 });
    await expect(busFor('two').put([entry])).rejects.toMatchObject({ code: 'InternalFailure' });
    expect(gateway.publishers.map(({ caller }) => caller)).toEqual(['one']);
  });

  it('answers the present value of the secret', async () => {
    const { gateway } = await start();
    const client = new SecretsManagerClient({ region, credentials, endpoint: gateway.urlFor('one') });
    onTestFinished(() => client.destroy());
    const read = async () => (await client.send(new GetSecretValueCommand({ SecretId: 'x' }))).SecretString;
    expect(await read()).toBe('first');
    gateway.secret = 'second';
    expect(await read()).toBe('second');
  });
});
