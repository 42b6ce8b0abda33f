import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Each command that the docs tell people to type, and what runs it. */
const RUN_BY: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/bin/start.test.ts',
  'npm start -- --events 300 --json': 'test/bin/start.test.ts',
  'npm start -- --local-bus': 'test/bin/start.test.ts',
  'npm start': 'test/bin/start.test.ts',
  'npx conversation-bridge topics': 'test/bin/commands.test.ts',
  'npx conversation-bridge start --help': 'test/bin/start.test.ts',
  'npx conversation-bridge schema': 'test/bin/commands.test.ts',
  'npx conversation-bridge sample --list': 'test/bin/commands.test.ts',
  'npm ci && npm test': '.ci/run',
  'npm run check': '.ci/run',
  'npm run test:aws': '.ci/run',
};

/** Shell blocks of a Markdown file, line by line, without settings of variables. */
function commandsIn(markdown: string): string[] {
  return [...markdown.matchAll(/^ *```sh\n(.*?)^ *```/gms)]
    .flatMap(([, block]) => (block ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('export '));
}

describe('the commands in the docs', async () => {
  const docs = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md'));
  const texts = await Promise.all(
    [join(ROOT, 'README.md'), ...docs.map((name) => join(ROOT, 'docs', name))].map((path) =>
      readFile(path, 'utf8'),
    ),
  );
  const commands = new Set(texts.flatMap(commandsIn));
  const gate = await readFile(join(ROOT, '.ci/run'), 'utf8');

  it('are all run by a test or by CI', () => {
    expect(commands).toEqual(new Set(Object.keys(RUN_BY)));
  });

  it('has the test commands of the README in the gate', () => {
    for (const command of ['npm ci', 'npm test', 'npm run check', 'npm run test:aws'])
      expect(gate).toContain(`${command}\n`);
  });

  it.each(Object.entries(RUN_BY).filter(([, runner]) => runner !== '.ci/run'))(
    '%s is run by %s',
    async (command, runner) => {
      const text = await readFile(join(ROOT, runner), 'utf8');
      const words = command
        .split(' ')
        .filter((word) => /^--?[a-z-]+$|^(topics|schema|sample)$/.test(word) && word !== '--');
      for (const word of words) expect(text).toContain(`'${word}'`);
    },
  );
});
