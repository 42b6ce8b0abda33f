import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createStepFunctionsClient,
  stepFunctionsCallback,
} from '../../../lambda/relay/step-functions-callback.ts';

describe('the callback to Step Functions', () => {
  const asked: { target: unknown; body: unknown }[] = [];
  let answer: { status: number; body: object };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push({ target: request.headers['x-amz-target'], body: JSON.parse(body) });
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answer.body));
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
    vi.stubEnv('AWS_REGION', 'ap-northeast-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  beforeEach(() => {
    asked.length = 0;
    answer = { status: 200, body: {} };
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  const callback = () => stepFunctionsCallback(createStepFunctionsClient(), 'token');

  it('tells each thing under the token of the task', async () => {
    await callback().heartbeat();
    await callback().next();
    await callback().failed('ConfigError', 'why');
    expect(asked).toEqual([
      { target: 'AWSStepFunctions.SendTaskHeartbeat', body: { taskToken: 'token' } },
      { target: 'AWSStepFunctions.SendTaskSuccess', body: { taskToken: 'token', output: '{}' } },
      {
        target: 'AWSStepFunctions.SendTaskFailure',
        body: { taskToken: 'token', error: 'ConfigError', cause: 'why' },
      },
    ]);
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    'takes %s for nobody waiting',
    async (code) => {
      answer = { status: 400, body: { __type: code, message: 'no' } };
      expect(await callback().heartbeat()).toBe('closed');
    },
  );

  it('does not know when the call fails otherwise, and tries once', async () => {
    answer = { status: 500, body: { __type: 'InternalError' } };
    await expect(callback().next()).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  it('shortens what Step Functions would refuse for its length', async () => {
    await callback().failed('e'.repeat(1_000), 'c'.repeat(100_000));
    expect(asked).toEqual([
      expect.objectContaining({
        body: { taskToken: 'token', error: 'e'.repeat(256), cause: 'c'.repeat(32_768) },
      }),
    ]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
