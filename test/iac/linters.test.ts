import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API, NETWORKS, templateOf } from '../lib/synthesis.ts';
import { pythonEnvironment } from '../python-environment.ts';

const run = promisify(execFile);

/** With every part that a configuration can add, in each network, and once as it comes. */
const CONFIGURATIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  default: {},
  relay: { shape: 'relay' },
  'relay with everything': {
    shape: 'relay',
    standby: true,
    api: API,
    shards: [
      { name: 'sales', topics: ['queue:Sales'] },
      { name: 'users', topics: ['user:a@example.com'], secretName: 'genesys/users' },
    ],
  },
  ...Object.fromEntries(
    Object.entries(NETWORKS).map(([name, network]) => [
      name,
      {
        network,
        standby: true,
        api: API,
        debugRule: true,
        alarms: { email: 'on-call@example.com' },
        consumers: { accounts: ['111122223333'], organisation: 'o-a1b2c3d4e5' },
        shards: [
          { name: 'sales', topics: ['queue:Sales'] },
          { name: 'users', topics: ['user:a@example.com'], secretName: 'genesys/users' },
        ],
      },
    ]),
  ),
};

const checkovReport = z.object({
  summary: z.object({ passed: z.number(), failed: z.number(), parsing_errors: z.number() }),
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
});

describe('other people’s linters', () => {
  let programs: string;
  let folder: string;
  let files: string[];

  beforeAll(async () => {
    programs = await pythonEnvironment(join(import.meta.dirname, 'requirements.txt'));
    folder = await mkdtemp(join(tmpdir(), 'templates-'));
    files = await Promise.all(
      Object.entries(CONFIGURATIONS).map(async ([name, config]) => {
        const file = join(folder, `${name}.template.json`);
        await writeFile(file, JSON.stringify(templateOf(config).toJSON()));
        return file;
      }),
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('cfn-lint finds nothing in any template', async () => {
    const { stdout } = await run(
      join(programs, 'cfn-lint'),
      ['--format', 'json', '--regions', 'ap-northeast-1', '--', ...files],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    ).catch((error: { stdout: string }) => error);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it.each(Object.keys(CONFIGURATIONS))(
    'checkov finds nothing in the template %s that is not accounted for',
    async (name) => {
      const file = join(folder, `${name}.template.json`);
      const args = [
        '-f',
        file,
        '--framework',
        'cloudformation',
        '--output',
        'json',
        '--skip-download',
        '--soft-fail',
      ];
      const { stdout } = await run(join(programs, 'checkov'), args, { maxBuffer: 64 * 1024 * 1024 });
      const { summary, results } = checkovReport.parse(JSON.parse(stdout));
      expect(results.failed_checks).toEqual([]);
      expect(summary.parsing_errors).toBe(0);
      // It has looked at something.
      expect(summary.passed).toBeGreaterThan(10);
    },
  );
});
