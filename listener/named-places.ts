import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Config } from './config.ts';
import {
  type CredentialsSource,
  fixedCredentials,
  secretsManagerCredentials,
} from './genesys/credentials.ts';
import type { EventBus } from './publish/event-bus.ts';
import { createEventBridgeBus, createEventBridgeClient } from './publish/eventbridge-bus.ts';

/** The credentials that the configuration names. */
export function credentialsOf(config: Config): CredentialsSource {
  const { credentials, awsRegion, awsEndpointUrl } = config;
  if (credentials.from === 'environment') return fixedCredentials(credentials);
  const client = new SecretsManagerClient({
    region: awsRegion,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
  });
  return secretsManagerCredentials(client, credentials.secretId);
}

/** The event bus that the configuration names. */
export function eventBusOf(config: Pick<Config, 'eventBusName' | 'awsRegion' | 'awsEndpointUrl'>): EventBus {
  const { eventBusName, awsRegion: region, awsEndpointUrl: endpoint } = config;
  const client = createEventBridgeClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  return createEventBridgeBus({ client, eventBusName });
}
