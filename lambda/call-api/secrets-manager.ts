import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretStore } from './secret.ts';

/** Secrets in AWS Secrets Manager, remembered by Powertools. */
export function secretsManagerStore(client: SecretsManagerClient): SecretStore {
  const provider = new SecretsProvider({ awsSdkV3Client: client });
  return {
    async read(id, { ttlSeconds, fresh }) {
      const secret = await provider.get(id, { maxAge: ttlSeconds, forceFetch: fresh });
      return typeof secret === 'string' ? secret : undefined;
    },
  };
}
