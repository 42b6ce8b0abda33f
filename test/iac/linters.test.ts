import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { z } from 'zod';
import { VALID } from '../lib/combinations.ts';
import { templateOf } from '../lib/synthesis.ts';
import { pythonEnvironment } from '../python-environment.ts';

const run = promisify(execFile);

/** All that can be put together, with everything besides; and each shape as it comes, which has fewer resources. */
const TEMPLATES = [
  ...VALID.filter(({ besides }) => besides === 'everything'),
  { name: 'default', config: {} },
  { name: 'relay', config: { shape: 'relay' } },
];

/**
 * Of each shape, network and standby the one with most resources: checkov takes its time, and looks at each resource by
 * itself.
 */
const FOR_CHECKOV = [
  ...VALID.filter(
    ({ shards, dialect, besides }) => shards > 1 && dialect === 'channels' && besides === 'everything',
  ),
  ...TEMPLATES.slice(-2),
];

const checkovReport = z.object({
  summary: z.object({ failed: z.number(), parsing_errors: z.number() }),
  results: z.object({
    failed_checks: z.array(
      z.object({
        check_id: z.string(),
        check_name: z.string(),
        resource: z.string(),
        file_path: z.string(),
      }),
    ),
    passed_checks: z.array(z.object({ file_path: z.string() })),
  }),
});

// A busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

describe('other people’s linters', () => {
  let programs: string;
  let folder: string;
  let files: string[];
  const fileOf = (name: string) => join(folder, `${name}.template.json`);

  beforeAll(async () => {
    programs = await pythonEnvironment(join(import.meta.dirname, 'requirements.txt'));
    folder = await mkdtemp(join(tmpdir(), 'templates-'));
    files = await Promise.all(
      TEMPLATES.map(async ({ name, config }) => {
        const file = fileOf(name);
        await writeFile(file, JSON.stringify(templateOf(config).toJSON()));
        return file;
      }),
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  // Side by side, since each keeps a processor busy.
  it.concurrent('cfn-lint finds nothing in any template', async ({ expect }) => {
    const { stdout } = await run(
      join(programs, 'cfn-lint'),
      ['--format', 'json', '--regions', 'ap-northeast-1', '--', ...files],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    ).catch((error: { stdout: string }) => error);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it.concurrent('checkov finds nothing that is not accounted for in any shape and network, with a standby or without', async ({
    expect,
  }) => {
    const given = FOR_CHECKOV.map(({ name }) => fileOf(name));
    const args = [
      ...given.flatMap((file) => ['-f', file]),
      '--framework',
      'cloudformation',
      '--output',
      'json',
      '--skip-download',
      // Without the source of what passed, which is most of it.
      '--compact',
      '--soft-fail',
    ];
    const { stdout } = await run(join(programs, 'checkov'), args, { maxBuffer: 64 * 1024 * 1024 });
    const { summary, results } = checkovReport.parse(JSON.parse(stdout));
    expect(results.failed_checks).toEqual([]);
    expect(summary.parsing_errors).toBe(0);
    // It has looked at something in each.
    const looked = new Map<string, number>();
    for (const { file_path } of results.passed_checks)
      looked.set(basename(file_path), (looked.get(basename(file_path)) ?? 0) + 1);
    expect(new Set(looked.keys())).toEqual(new Set(given.map((file) => basename(file))));
    for (const [file, passed] of looked) expect(passed, file).toBeGreaterThan(10);
  });
});
