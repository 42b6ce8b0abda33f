import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { startMockOrganisation } from '../../bin/laptop/stand-ins.ts';
import { bundleListenerImage } from '../../lib/listener-image.ts';
import { startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'listener-image-'));
const image = join(folder, 'image');

beforeAll(() => {
  bundleListenerImage(image);
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nobody else's: what the listener writes can be told by its owner. Only root can take on another user. */
const USER = 54_321;
const asRoot = process.getuid?.() === 0;

const sourceMap = z.object({ sources: z.array(z.string()) });

const content = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));

/** Every file and folder that belongs to a user, where users may write at all. */
function ownedBy(user: number): string[] {
  const places = ['/tmp', tmpdir(), '/var', '/run', '/home', '/dev/shm'].filter((place) => existsSync(place));
  const found = spawnSync('find', [...new Set(places), '-xdev', '-uid', String(user)], { encoding: 'utf8' });
  return [...new Set(found.stdout.split('\n'))].filter((line) => line !== '');
}

/** Runs what the image's entry point runs, in the image's folder, until it ends. */
function run(
  env: Readonly<Record<string, string>>,
  whenToStop: (stop: () => void) => void = () => {},
): Promise<{ code: number | null; output: string }> {
  const listener = spawn(process.execPath, ['--enable-source-maps', 'main.mjs'], {
    cwd: image,
    env: { NODE_NO_WARNINGS: '1', HOME: '/nonexistent', ...env },
    ...(asRoot ? { uid: USER, gid: USER } : {}),
  });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString();
  };
  listener.stdout.on('data', take);
  listener.stderr.on('data', take);
  let told = false;
  whenToStop(() => {
    // Once: a second signal would end it at once.
    if (!told) told = listener.kill('SIGTERM');
  });
  return new Promise((resolve, reject) => {
    listener.on('error', reject);
    listener.on('close', (code) => resolve({ code, output }));
  });
}

describe('the listener’s image', () => {
  const dockerfile = () => readFileSync(join(image, 'Dockerfile'), 'utf8');

  it('is built from the programs and their maps, and nothing else', () => {
    expect(new Set(content(image))).toEqual(
      new Set(['Dockerfile', 'main.mjs', 'main.mjs.map', 'doctor.mjs', 'doctor.mjs.map']),
    );
    expect(dockerfile().match(/^(COPY|ADD|RUN) .*/gm)).toEqual([
      'COPY main.mjs main.mjs.map doctor.mjs doctor.mjs.map ./',
    ]);
  });

  it('runs as a user without rights, on Node.js 24', () => {
    expect(dockerfile()).toMatch(/^FROM public\.ecr\.aws\/docker\/library\/node:24-slim$/m);
    expect(dockerfile().match(/^USER .*/gm)).toEqual(['USER node']);
    expect(dockerfile()).not.toContain('VOLUME');
  });

  it('is the same, byte for byte, when nothing has changed', () => {
    const again = join(folder, 'again');
    bundleListenerImage(again);
    for (const file of content(image))
      expect(readFileSync(join(again, file)).equals(readFileSync(join(image, file))), file).toBe(true);
  });

  it('has none of the mock and the command line in it', () => {
    const { sources } = sourceMap.parse(JSON.parse(readFileSync(join(image, 'main.mjs.map'), 'utf8')));
    const own = sources.filter((source) => !source.includes('node_modules/'));
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((source) => /(^|\/)(mock|bin|doctor|test|lib|lambda)\//.test(source))).toEqual([]);
  });

  it('holds the doctor, too: it examines from these files alone, and ends with 1 when it has found a cause', () => {
    const { stdout, status } = spawnSync(process.execPath, ['--enable-source-maps', 'doctor.mjs'], {
      cwd: image,
      env: { NODE_NO_WARNINGS: '1', HOME: '/nonexistent', TOPICS: 'queues:*' },
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/CAUSE: .*credentials-missing|CAUSE: .*config-invalid/);
    expect(status).toBe(1);
  });

  it('tells each problem of a configuration in a line, and ends with 2', async () => {
    const { code, output } = await run({ SHARD: 'a b' });
    expect(code).toBe(2);
    expect(output).toMatch(/^SHARD: "a b" must be/m);
    expect(output).not.toContain('    at ');
  });

  it('brings an update from the socket to the bus from these files alone, with one folder in the place of table, queues and bucket', async () => {
    const organisation = await startMockOrganisation({ seed: 1, rate: 50 });
    const bus = await startLocalEventBus();
    onTestFinished(async () => {
      organisation.centre.stop();
      await organisation.genesys.close();
      await bus.close();
    });
    organisation.centre.start();
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    if (asRoot) chownSync(kept, USER, USER);
    chmodSync(image, 0o555);
    onTestFinished(() => chmodSync(image, 0o755));
    const { code, output } = await run(
      {
        TOPICS: 'queues:*',
        GENESYSCLOUD_OAUTHCLIENT_ID: organisation.credentials.clientId,
        GENESYSCLOUD_OAUTHCLIENT_SECRET: organisation.credentials.clientSecret,
        GENESYSCLOUD_LOGIN_URL: organisation.hosts.loginUrl,
        GENESYSCLOUD_API_URL: organisation.hosts.apiUrl,
        HEALTH_PORT: '0',
        STATE_DIR: kept,
        PARKING_DIR: kept,
        PAYLOAD_DIR: kept,
        AWS_ENDPOINT_URL: bus.url,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
      (stop) => bus.onEvent((event) => event['detail-type'] === 'Conversation Updated' && stop()),
    );
    expect(output).toContain('"msg":"drained"');
    expect(output).toContain('"lost":0');
    expect(code).toBe(0);
    expect(asRoot ? ownedBy(USER).filter((path) => !path.startsWith(kept)) : []).toEqual([]);
  });
});
