import { createServer } from 'node:http';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeError } from '../../../listener/errors.ts';
import { CredentialsError, secretsManagerCredentials } from '../../../listener/genesys/credentials.ts';

interface Reply {
  readonly status: number;
  readonly body: object;
}

const secret = (text: string): Reply => ({ status: 200, body: { Name: 'genesys', SecretString: text } });
const failure = (code: string): Reply => ({
  status: 400,
  body: { __type: code, message: `${code} said AWS` },
});

/** The real SDK in front of a server that gives these replies; the last one stays. */
async function source(...replies: Reply[]) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const { status, body } =
      replies[Math.min(asked++, replies.length - 1)] ?? failure('InternalServiceError');
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new SecretsManagerClient({
    region: 'ap-northeast-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return secretsManagerCredentials(client, 'genesys');
}

async function problem(...replies: Reply[]): Promise<CredentialsError> {
  const error = await (await source(...replies)).read().catch((thrown: unknown) => thrown);
  if (!(error instanceof CredentialsError)) throw new Error('no CredentialsError');
  return error;
}

describe('a secret', () => {
  it('of the right format gives the credentials, without blanks around them', async () => {
    const credentials = await source(secret('{"clientId":" id ","clientSecret":"s\\n","more":1}'));
    expect(await credentials.read()).toEqual({ clientId: 'id', clientSecret: 's' });
    expect(credentials.description).toBe('the secret genesys');
  });

  it('is asked for again at each reading, so that a rotated one is seen', async () => {
    const credentials = await source(
      secret('{"clientId":"id","clientSecret":"old"}'),
      secret('{"clientId":"id","clientSecret":"new"}'),
    );
    expect((await credentials.read()).clientSecret).toBe('old');
    expect((await credentials.read()).clientSecret).toBe('new');
  });

  it.each([
    { text: 'canary-value', says: 'is no JSON' },
    { text: '{"clientId":"canary-value"', says: 'is no JSON' },
    { text: '"canary-value"', says: 'has no usable the whole' },
    { text: '{"clientId":"canary-value"}', says: 'has no usable clientSecret' },
    { text: '{"clientSecret":"canary-value","clientId":" "}', says: 'has no usable clientId' },
    { text: '{"client_id":"x","client_secret":"canary-value"}', says: 'clientId and no usable clientSecret' },
  ])('of the wrong format ($text) says what is missing, and never what it holds', async ({ text, says }) => {
    const error = await problem(secret(text));
    expect(error).toMatchObject({ code: 'CredentialsMalformed', canRetry: false });
    expect(error.message).toContain('the secret genesys');
    expect(error.message).toContain(says);
    expect(error.message).toContain('store {"clientId":"…","clientSecret":"…"}');
    expect(`${describeError(error)} ${error.stack} ${JSON.stringify(error)}`).not.toContain('canary');
  });

  it.each([
    { what: 'does not exist', reply: failure('ResourceNotFoundException') },
    { what: 'has no value', reply: { status: 200, body: {} } },
    { what: 'is blank', reply: secret('  ') },
  ])('that $what is missing, which may change', async ({ reply }) => {
    expect(await problem(reply)).toMatchObject({
      code: 'CredentialsMissing',
      canRetry: true,
      message: expect.stringContaining('the secret genesys'),
    });
  });

  it.each(['AccessDeniedException', 'InternalServiceError', 'DecryptionFailure'])(
    'that cannot be read for %s says so, with the cause',
    async (code) => {
      const error = await problem(failure(code));
      expect(error).toMatchObject({ code: 'CredentialsUnreadable', canRetry: true });
      expect(describeError(error)).toContain(`${code} said AWS`);
    },
  );
});
