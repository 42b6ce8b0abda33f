import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pythonEnvironment } from '../python-environment.ts';

/** A running AWS emulator; all its services are at one endpoint. */
export interface Emulator {
  readonly endpoint: string;
  readonly region: string;
  /** For SDK clients and for child processes; the emulator takes any key. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const REGION = 'ap-northeast-1';
const ATTEMPTS = 200;

/**
 * Starts an emulator with nothing in it.
 * @throws when the emulator doesn't come up: then the checks fail, they are never skipped
 */
export async function startEmulator(): Promise<Emulator> {
  const programs = await pythonEnvironment(REQUIREMENTS);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'aws-emulator-'));
  const emulator = spawn(join(programs, 'ministack'), {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Nothing of this environment is handed on, and nothing but loopback is listened on.
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: folder,
      STATE_DIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: REGION,
      LOG_LEVEL: 'error',
      // Functions run as processes of this machine's Node.js, since there is no Docker.
      LAMBDA_EXECUTOR: 'local',
    },
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (emulator.exitCode === null) {
      emulator.kill('SIGTERM');
      await once(emulator, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilUp(`${endpoint}/_ministack/health`, emulator);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    region: REGION,
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    stop,
  };
}

async function untilUp(url: string, process: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (process.exitCode !== null) throw new Error(`the AWS emulator ended with ${process.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await delay(50);
  }
  throw new Error('the AWS emulator did not come up');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
