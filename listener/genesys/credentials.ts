import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { BridgeError } from '../errors.ts';

/** What an OAuth client of Genesys Cloud logs in with. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Where the credentials come from. Read again whenever they may have changed. */
export interface CredentialsSource {
  /** What may be said of it in logs and errors. */
  readonly description: string;
  /** @throws {CredentialsError} */
  read(): Promise<Credentials>;
}

/** The credentials could not be read. `CredentialsMissing` may change by itself, `CredentialsMalformed` won't. */
export class CredentialsError extends BridgeError {
  readonly code: 'CredentialsMissing' | 'CredentialsMalformed' | 'CredentialsUnreadable';
  readonly canRetry: boolean;

  constructor(code: CredentialsError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.canRetry = code !== 'CredentialsMalformed';
  }
}

/** Credentials that were given in the environment and stay the same. */
export function fixedCredentials(credentials: Credentials): CredentialsSource {
  return { description: 'the environment', read: async () => credentials };
}

const SECRET_FORMAT = '{"clientId":"…","clientSecret":"…"}';
const secretSchema = z.object({ clientId: z.string().trim().min(1), clientSecret: z.string().trim().min(1) });

/**
 * Credentials kept as JSON in AWS Secrets Manager. Each call of `read` asks for the current version.
 * A secret without a value is missing, not malformed: a new stack comes up before anyone has set it.
 */
export function secretsManagerCredentials(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
): CredentialsSource {
  const description = `the secret ${secretId}`;
  return {
    description,
    read: async () => {
      const text = await secretText(client, secretId);
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        // The parser's message would quote the secret.
        throw new CredentialsError(
          'CredentialsMalformed',
          `${description} is no JSON: store ${SECRET_FORMAT}`,
        );
      }
      const parsed = secretSchema.safeParse(json);
      if (parsed.success) return parsed.data;
      const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole'))];
      throw new CredentialsError(
        'CredentialsMalformed',
        `${description} has no usable ${fields.join(' and no usable ')}: store ${SECRET_FORMAT}`,
      );
    },
  };
}

async function secretText(client: Pick<SecretsManagerClient, 'send'>, secretId: string): Promise<string> {
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (answer.SecretString !== undefined && answer.SecretString.trim() !== '') return answer.SecretString;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException))
      throw new CredentialsError('CredentialsUnreadable', `the secret ${secretId} can't be read`, error);
  }
  throw new CredentialsError(
    'CredentialsMissing',
    `the secret ${secretId} doesn't exist or has no value yet: store ${SECRET_FORMAT} in it`,
  );
}
