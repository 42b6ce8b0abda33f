import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { API } from './synthesis.ts';

vi.setConfig({ testTimeout: 120_000 });

const ROOT = join(import.meta.dirname, '../..');
const failure = z.object({ code: z.number(), stderr: z.string() });

/** The command line without credentials, without Docker, and with nothing to reach on the network. */
function cdk(...args: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'cdk-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const dead = 'http://127.0.0.1:9';
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CDK_DOCKER: '/bin/false',
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTP_PROXY: dead,
    HTTPS_PROXY: dead,
  };
  const output = join(home, 'out');
  const command = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
  return {
    output,
    done: promisify(execFile)(process.execPath, [command, 'synth', '--quiet', '--output', output, ...args], {
      cwd: ROOT,
      env,
    }),
  };
}

describe('cdk synth', () => {
  it('works with no credentials, no Docker and no network, code bundled and all', async () => {
    const { output, done } = cdk('-c', 'name=synth-test', '-c', `api=${JSON.stringify(API)}`);
    await done;
    const template = readFileSync(join(output, 'synth-test.template.json'), 'utf8');
    expect(template).toContain('AWS::ECS::Service');
    const manifest = readFileSync(join(output, 'synth-test.assets.json'), 'utf8');
    expect(manifest).toContain('"dockerImages"');
    expect(manifest).toContain('"linux/arm64"');
  });

  it('says what is wrong with a configuration in a line, with no stack trace', async () => {
    const { done } = cdk('-c', 'network.mode=vpn', '-c', 'debugRule=perhaps');
    const { code, stderr } = failure.parse(await done.catch((error: unknown) => error));
    expect(code).toBe(1);
    const lines = stderr
      .split('\n')
      .filter((line) => line !== '' && !line.includes('Subprocess exited with error 2'));
    expect(lines).toEqual([
      'network.mode: must be one of public, private, existing',
      'debugRule: "perhaps" is not one of true, false',
    ]);
    expect(stderr).toContain('Subprocess exited with error 2');
  });
});
