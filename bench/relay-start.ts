import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import { LAMBDA_BUNDLING } from '../lib/lambda-bundling.ts';
import { ContactCentre } from '../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, startMockGenesys } from '../mock/genesys/server.ts';

/*
 * How long a relay takes from the start of its module until it is live, its own work and a mock Genesys Cloud next door: no
 * latency of any network, and no start of Lambda's. The handler is bundled as it is deployed, and each run is a new process.
 */

const RUNS = 7;
/** Only as much of an invocation as it takes to be live. */
const INVOCATION_MS = 60_000;

const folder = await mkdtemp(join(tmpdir(), 'relay-start-'));
const bundle = join(folder, 'index.mjs');
await build({
  entryPoints: [join(import.meta.dirname, '../lambda/relay/handler.ts')],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: LAMBDA_BUNDLING.target ?? 'node20',
  mainFields: LAMBDA_BUNDLING.mainFields ?? [],
  external: LAMBDA_BUNDLING.externalModules ?? [],
  banner: { js: LAMBDA_BUNDLING.banner ?? '' },
  logLevel: 'error',
});
const program = `
  const began = performance.now();
  const { handler } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
  const imported = performance.now();
  const write = process.stdout.write.bind(process.stdout);
  const { default: fs } = await import('node:fs');
  const writeSync = fs.writeSync;
  fs.writeSync = (fd, text, ...rest) => {
    if (String(text).includes('"msg":"live"')) {
      write(JSON.stringify({ import: imported - began, live: performance.now() - began }) + '\\n');
      process.exit(0);
    }
    return fd === 1 ? String(text).length : writeSync(fd, text, ...rest);
  };
  void handler({ taskToken: 'token' }, { getRemainingTimeInMillis: () => ${INVOCATION_MS} });
`;

const genesys = await startMockGenesys({ contactCentre: new ContactCentre() });
/** Stands in for AWS, which need only answer here. */
const aws = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
});
await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
const address = aws.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const timesSchema = z.object({ import: z.number(), live: z.number() });
const times: z.infer<typeof timesSchema>[] = [];
for (let run = 0; run < RUNS; run++) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      GENESYSCLOUD_OAUTHCLIENT_ID: DEFAULT_CLIENT.id,
      GENESYSCLOUD_OAUTHCLIENT_SECRET: DEFAULT_CLIENT.secret,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
      TOPICS: 'queues:*',
      STATE_TABLE: 'table',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  await once(child, 'close');
  times.push(timesSchema.parse(JSON.parse(output)));
}
aws.closeAllConnections();
aws.close();
await genesys.close();
await rm(folder, { recursive: true });

const median = (which: 'import' | 'live') =>
  Math.round(times.map((time) => time[which]).sort((a, b) => a - b)[RUNS >> 1] ?? 0);
process.stdout.write(`module loaded after ${median('import')} ms, live after ${median('live')} ms\n`);
