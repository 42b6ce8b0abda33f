import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { main } from '../../../bin/conversation-bridge.ts';
import { explainCause, listCauses } from '../../../doctor/explain.ts';
import { DEFAULT_CLIENT } from '../../../mock/genesys/server.ts';
import { ListenerProcess } from '../../listener-process.ts';

/** The command line within this process: what it prints, and its exit code. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      printed[name] += String(chunk);
      return true;
    });
  try {
    return { exitCode: await main(['node', 'conversation-bridge', ...args], env), ...printed };
  } finally {
    vi.restoreAllMocks();
  }
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('conversation-bridge doctor', { timeout: 30_000 }, () => {
  it('names the cause, why it is believed and the fix, and ends with 1', async () => {
    const { exitCode, stdout } = await run([
      'doctor',
      '--against-mock',
      'token-short-lived',
      '--seconds',
      '1',
    ]);
    expect(stdout).toMatch(/^ok {7}Login +a token for 299 s \(\d+ ms\)$/m);
    expect(stdout).toContain('CAUSE: The token has too little time left (token-too-short, certain)');
    expect(stdout).toMatch(/Why: The token has (299|300) s left/);
    expect(stdout).toContain('Fix: 1. Set the token duration of the OAuth client');
    expect(exitCode).toBe(1);
  });

  it('plays several faults at once, and says with --json what can be read by programs', async () => {
    const { exitCode, stdout } = await run(
      [
        'doctor',
        '--against-mock',
        'secret-wrong',
        '--against-mock',
        'clock-skew',
        '--dialect',
        'org-socket',
        '--json',
      ],
      // Of this process, and nothing to do with the mock.
      { GENESYS_SECRET_ID: 'another-organisation' },
    );
    const { causes, steps, notReached } = JSON.parse(stdout);
    expect(causes.map(({ id }: { id: string }) => id)).toEqual(['clock-skew', 'secret-wrong']);
    expect(steps[0]).toMatchObject({ id: 'configuration', status: 'ok', ms: expect.any(Number) });
    expect(notReached).toContain('auth');
    expect(exitCode).toBe(1);
  });

  it('finds nothing on a healthy mock, and writes a transcript that only its owner may read, without the token', async () => {
    const file = join(await folder(), 'frames.jsonl');
    const { exitCode, stdout } = await run([
      ...['doctor', '--against-mock', 'healthy', '--dialect', 'org-socket', '--json'],
      ...['--seconds', '1', '--transcript', file],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      healthy: true,
      dialect: 'org-socket',
      causes: [],
      runAgain: false,
    });
    expect(exitCode).toBe(0);
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ direction, what }) => `${direction} ${what}`).slice(0, 5)).toEqual([
      'none opened',
      'out auth',
      'in auth-success',
      'out subscribe',
      'in confirmation',
    ]);
    expect(lines[1].text).toBe('{"type":"auth","data":{"token":"[redacted]"}}');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('sends a payload from a file', async () => {
    const file = join(await folder(), 'subscribe.json');
    await writeFile(file, '{"id":"x","type":"subscribe"}');
    const { stdout } = await run([
      'doctor',
      '--against-mock',
      'healthy',
      '--dialect',
      'org-socket',
      '--seconds',
      '1',
      '--subscription',
      file,
    ]);
    expect(stdout).toContain('(subscribe-no-filter, certain)');
  });

  it('explains a cause, or lists them all', async () => {
    expect((await run(['doctor', 'explain', 'idle-timeout'])).stdout).toBe(explainCause('idle-timeout'));
    expect((await run(['doctor', 'explain'])).stdout).toBe(listCauses());
  });

  it('takes a configuration that can not be used for a cause', async () => {
    const { exitCode, stdout } = await run(['doctor']);
    expect(stdout).toContain('CAUSE: There are no credentials (credentials-missing, certain)');
    expect(exitCode).toBe(1);
  });

  it.each([
    [['--against-mock', 'nonsense'], 'There is no fault nonsense; see mock --list-faults\n'],
    [['--dialect', 'channels'], '--dialect and --at are for --against-mock'],
    [['--seconds', '0'], 'It must be a whole number'],
    [['--against-mock', 'healthy', '--subscription', '/no/such/file'], "/no/such/file can't be read"],
    [['explain', 'nonsense'], 'there is no cause "nonsense"; there are config-invalid, '],
    [['explain', '--nonsense'], 'unknown option'],
  ])('refuses %j as wrong usage', async (args, message) => {
    const { exitCode, stderr } = await run(['doctor', ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

describe('conversation-bridge verify-org', { timeout: 30_000 }, () => {
  it('writes what it saw to a file, by the names of the switches', async () => {
    const mock = new ListenerProcess(['mock', '--json'], {});
    await mock.untilSays(/\n/);
    const { environment } = JSON.parse(mock.stdout);
    const output = join(await folder(), 'seen.json');
    const { exitCode, stdout } = await run(['verify-org', '--output', output], environment);
    const written = await readFile(output, 'utf8');
    expect(stdout).toContain(`written to ${output}`);
    expect(JSON.parse(written).observed).toContainEqual({
      switch: 'tokenType',
      value: 'bearer',
      how: 'token_type of a login',
    });
    expect(written).not.toContain(DEFAULT_CLIENT.secret);
    expect(exitCode).toBe(0);
    await mock.end('SIGTERM');
  });

  it('without a configuration is wrong usage', async () => {
    const { exitCode, stderr } = await run(['verify-org']);
    expect(stderr).toContain('GENESYSCLOUD_OAUTHCLIENT_ID: no credentials');
    expect(exitCode).toBe(2);
  });
});
