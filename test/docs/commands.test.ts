import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { shellBlocks } from '../shell-blocks.ts';

const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const ROOT = join(import.meta.dirname, '../..');

/** Each command that the docs tell people to type, and what runs it. */
const RUN_BY: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/bin/start.test.ts',
  'npm start -- --events 300 --json': 'test/bin/start.test.ts',
  'npm start -- --local-bus': 'test/bin/start.test.ts',
  'npm start': 'test/bin/start.test.ts',
  'npx conversation-bridge topics': 'test/bin/commands.test.ts',
  'npx conversation-bridge start --help': 'test/bin/start.test.ts',
  'npx conversation-bridge doctor': 'test/doctor/bin/doctor.test.ts',
  'npx conversation-bridge doctor --against-mock subscribe-duplicate-key': 'test/doctor/bin/doctor.test.ts',
  'npx conversation-bridge mock --list-faults': 'test/mock/bin/mock-faults.test.ts',
  'npx conversation-bridge lint-subscription subscribe.json': 'test/bin/commands.test.ts',
  'npx conversation-bridge replay --dry-run': 'test/bin/replay.test.ts',
  'npx conversation-bridge replay': 'test/bin/replay.test.ts',
  'npx conversation-bridge replay --dead-letter --dry-run': 'test/aws/parking.test.ts',
  'npx conversation-bridge replay --dead-letter': 'test/aws/parking.test.ts',
  'npx conversation-bridge schema': 'test/bin/commands.test.ts',
  'npx conversation-bridge sample --list': 'test/bin/commands.test.ts',
  'npm ci && npm test': '.ci/run',
  'npm run check': '.ci/run',
  'npm run test:mock': '.ci/run',
  'npm run test:doctor': '.ci/run',
  'npm run test:lib': '.ci/run',
  'npm run test:iac': '.ci/run',
  'npm run test:peers': '.ci/run',
  'npm run test:chaos': '.ci/run',
  'npm run chaos -- --seconds 60 --seed 7': 'test/chaos/campaign.test.ts',
  'npm run chaos -- --seconds 600 --rate 600 --seed 9 --calm 60 --fault bus-throttled,bus-entries-failing,bus-failing,bus-slow,malformed,short-tokens,socket-closing,secret-rotated,reset':
    'test/chaos/campaign.test.ts',
  'npm run chaos -- --seconds 60 --seed 3 --shape relay': 'test/chaos/campaign.test.ts',
  'npm run chaos:mutations': 'test/chaos/command.test.ts',
  'npm run chaos:seeds -- --from 201 --count 50 --at-a-time 4': 'test/chaos/seeds.test.ts',
  'npm run chaos:seeds -- --from 301 --count 20 --at-a-time 4 --fault harmless': 'test/chaos/seeds.test.ts',
  'npm run chaos:seeds -- --from 401 --count 8 --at-a-time 3 --fault kill': 'test/chaos/seeds.test.ts',
  'npm run chaos:seeds -- --kept': 'test/chaos/seeds.test.ts',
  'npm run test:aws': '.ci/run',
};

/** The CDK's commands are tried on an emulator, with other paths; those of `aws` are all run there as they stand. */
const IN_AN_ACCOUNT: readonly string[] = [
  'npx cdk bootstrap aws://123456789012/ap-northeast-1',
  'git pull && npm ci',
  'npx cdk diff',
  'npx cdk deploy',
  'npx cdk destroy',
];

/** The commands of shell blocks, without settings of variables and without blocks for the AWS command line. */
function commandsIn(blocks: readonly string[]): string[] {
  return blocks
    .filter((block) => !/^ *aws /m.test(block))
    .flatMap((block) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(export |[A-Z_]+=)/.test(line));
}

describe('the commands in the docs', async () => {
  const docs = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
  const paths = [join(ROOT, 'README.md'), ...docs.map((name) => join(ROOT, 'docs', name))];
  const commands = new Set(commandsIn((await Promise.all(paths.map(shellBlocks))).flat()));
  const { scripts } = Package.parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  const gate = await readFile(join(ROOT, '.ci/run'), 'utf8');

  it('are all run by a test or by CI, or need an account', () => {
    expect(commands).toEqual(new Set([...Object.keys(RUN_BY), ...IN_AN_ACCOUNT]));
  });

  it('has the test commands of the README in the gate', () => {
    for (const command of [
      'npm ci',
      'npm test',
      'npm run check',
      'npm run test:mock',
      'npm run test:doctor',
      'npm run test:lib',
      'npm run test:iac',
      'npm run test:peers',
      'npm run test:chaos',
      'npm run test:aws',
    ])
      expect(gate).toContain(`${command}\n`);
  });

  it.each(Object.entries(RUN_BY).filter(([, runner]) => runner !== '.ci/run'))(
    '%s is run by %s',
    async (command, runner) => {
      const text = await readFile(join(ROOT, runner), 'utf8');
      const words = command
        .split(' ')
        .filter(
          (word) => /^--?[a-z-]+$|^(topics|replay|schema|sample|doctor|mock)$/.test(word) && word !== '--',
        );
      for (const word of words) expect(text).toContain(`'${word}'`);
      const [, script = ''] = /^npm run ([a-z:]+)/.exec(command) ?? [];
      const [program = ''] = /chaos\/.*main\.ts/.exec(scripts[script] ?? '') ?? [];
      expect(text).toContain(program);
    },
  );
});
