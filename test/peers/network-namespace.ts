import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { installed } from './install.ts';

const run = promisify(execFile);
const COMMAND = join(import.meta.dirname, '../../bin/conversation-bridge.js');

const greetingSchema = z.object({ url: z.url(), environment: z.record(z.string(), z.string()) });
let namespaces = 0;

/** A network of its own, with an organisation in it. */
export interface WalledOrganisation {
  readonly environment: Readonly<Record<string, string>>;
  /** What a program is started by, to be in that network. */
  readonly startedBy: readonly string[];
  /** Adds a rule of iptables for packets to the organisation (`in`) or from it (`out`). */
  filter(direction: 'in' | 'out', rule: readonly string[]): Promise<void>;
}

/**
 * Starts a mock organisation as a process in a network namespace, both for as long as the test runs.
 * @throws Error when this user may not make network namespaces
 */
export async function startWalledOrganisation(dialect: MockDialect): Promise<WalledOrganisation> {
  const [ip, iptables] = [await installed('ip'), await installed('iptables')];
  namespaces += 1;
  const name = `peers-${process.pid}-${namespaces}`;
  await run(ip, ['netns', 'add', name]);
  onTestFinished(async () => {
    await run(ip, ['netns', 'delete', name]);
  });
  const startedBy = [ip, 'netns', 'exec', name];
  const inside = (args: readonly string[]) => run(ip, [...startedBy.slice(1), ...args]);
  await inside([ip, 'link', 'set', 'lo', 'up']);
  const { url, environment } = await startMock(startedBy, dialect);
  const { port } = new URL(url);
  return {
    environment,
    startedBy,
    filter: async (direction, rule) => {
      const packets =
        direction === 'in' ? ['INPUT', '-p', 'tcp', '--dport'] : ['OUTPUT', '-p', 'tcp', '--sport'];
      await inside([iptables, '-A', ...packets, port, ...rule]);
    },
  };
}

async function startMock(startedBy: readonly string[], dialect: MockDialect) {
  const [program = '', ...args] = [
    ...startedBy,
    process.execPath,
    COMMAND,
    'mock',
    '--json',
    '--dialect',
    dialect,
  ];
  const child = spawn(program, [...args, '--rate', '5'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  });
  for await (const line of createInterface(child.stdout)) return greetingSchema.parse(JSON.parse(line));
  throw new Error('the mock said nothing');
}
