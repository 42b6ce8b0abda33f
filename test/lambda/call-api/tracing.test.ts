import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from './api-server.ts';
import { sample } from './harness.ts';

const HANDLER = join(import.meta.dirname, '../../../lambda/call-api/handler.ts');
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

describe('the bundled function in a process like Lambda’s, with tracing on', () => {
  const aws = new ApiServer();
  const api = new ApiServer();
  const traces: string[] = [];
  let daemon: Socket;
  let folder: string;
  let output: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'call-api-'));
    await build({
      entryPoints: [HANDLER],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      mainFields: ['module', 'main'],
      banner: { js: REQUIRE },
      logLevel: 'silent',
    });
    await writeFile(join(folder, 'event.json'), JSON.stringify(sample()));
    await writeFile(
      join(folder, 'invoke.mjs'),
      `import { readFileSync } from 'node:fs';
       import { handler } from './index.mjs';
       const event = JSON.parse(readFileSync(new URL('event.json', import.meta.url), 'utf8'));
       await handler(event, { awsRequestId: 'r', functionName: 'call-api', getRemainingTimeInMillis: () => 30000 });`,
    );
    daemon = createSocket('udp4', (message) => traces.push(String(message))).bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    // Secrets Manager's answer; to the client of DynamoDB, which reads nothing of it, it is a success, too.
    aws.replies((response) => response.end('{"SecretString":"canary-key"}'));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, 'invoke.mjs')], {
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: await aws.start(),
        AWS_REGION: 'ap-northeast-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        API_URL: `${await api.start()}/events?secret=in-query`,
        API_SECRET_ID: 'api',
        IDEMPOTENCY_TABLE: 'idempotency',
        FAILED_EVENTS_QUEUE_URL: 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/failed',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: 'call-api',
        LAMBDA_TASK_ROOT: folder,
        AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
        _X_AMZN_TRACE_ID: 'Root=1-695b7d10-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1',
      },
    });
    output = stdout + stderr;
  });

  afterAll(async () => {
    daemon?.close();
    await api.stop();
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('delivers', () => {
    expect(output).toContain('"message":"delivered"');
    expect(api.received).toMatchObject([{ headers: { authorization: 'canary-key' } }]);
  });

  it('writes a trace that is found by the ids of event and conversation', () => {
    const [trace = ''] = traces.filter((candidate) => candidate.includes('"name":"## deliver"'));
    expect(trace).toContain(`"eventId":"${api.received[0]?.headers['idempotency-key']}"`);
    expect(trace).toMatch(/"conversationId":"[0-9a-f-]{36}"/);
  });

  it('puts neither key nor query into the trace', () => {
    expect(traces.join('')).toContain('/events');
    expect(traces.join('')).not.toContain('canary');
    expect(traces.join('')).not.toContain('in-query');
  });
});
