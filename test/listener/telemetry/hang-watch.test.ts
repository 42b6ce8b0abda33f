import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';

/** More than the patience of the process: fifteen looks, one every 20 ms. */
const LONGER_THAN_PATIENCE_MS = 900;

async function startProcess() {
  const child = fork(join(import.meta.dirname, 'hanging-process.ts'), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  await once(child, 'message');
  return { child, said: () => stderr };
}

async function untilStopped({ pid }: ChildProcess): Promise<void> {
  for (;;) {
    const [, state] = /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8')) ?? [];
    if (state === 'T') return;
    await delay(10);
  }
}

describe('a process that hangs', () => {
  it('is killed, after one line on standard error', async () => {
    const { child, said } = await startProcess();
    const closed = once(child, 'close');
    child.send('hang');
    expect(await closed).toEqual([null, 'SIGKILL']);
    const lines = said().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining('has hung'),
    });
  });
});

describe('a process that does its work', () => {
  it('lives, and ends by itself when it has done it', async () => {
    const { child } = await startProcess();
    await delay(LONGER_THAN_PATIENCE_MS);
    const closed = once(child, 'close');
    child.send('end');
    expect(await closed).toEqual([0, null]);
  });

  it.runIf(process.platform === 'linux')('is not killed because it was stopped meanwhile', async () => {
    const { child, said } = await startProcess();
    child.kill('SIGSTOP');
    await untilStopped(child);
    await delay(LONGER_THAN_PATIENCE_MS);
    child.kill('SIGCONT');
    const answered = once(child, 'message');
    child.send('answer');
    expect(await answered).toEqual(['done: answer', undefined]);
    expect(said()).toBe('');
  });
});
