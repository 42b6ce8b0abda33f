import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintSubscriptionCommand } from '../../../bin/commands/lint-subscription.ts';
import { UsageError } from '../../../bin/exit.ts';
import { LARGEST_PAYLOAD } from '../../../doctor/lint/lint.ts';
import { GOOD, THREAD } from './payloads.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lint-subscription-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(...texts: string[]) {
  yield* texts.map((text) => Buffer.from(text));
}

async function run(args: readonly string[], stdin: AsyncIterable<Uint8Array> = chunks()) {
  let output = '';
  let exitCode: number | undefined;
  const command = lintSubscriptionCommand(
    (code) => {
      exitCode = code;
    },
    {
      stdin,
      isColourful: false,
      write: (text) => {
        output += text;
      },
    },
  );
  await command.parseAsync(args, { from: 'user' });
  return { output, exitCode };
}

async function file(content: string): Promise<string> {
  const path = join(folder, 'subscribe.json');
  await writeFile(path, content);
  return path;
}

describe('lint-subscription', () => {
  it('ends with 0 when nothing is found, with 1 when anything is', async () => {
    expect(await run([await file(GOOD)])).toMatchObject({ exitCode: 0 });
    expect(await run([await file(THREAD)])).toMatchObject({ exitCode: 1 });
    // No more than a warning, but a server may refuse it.
    expect(await run([await file(GOOD.replace(',"entities":[]', ''))])).toMatchObject({ exitCode: 1 });
  });

  it('reads standard input, however it is cut up', async () => {
    const { output, exitCode } = await run(['-'], chunks(...(THREAD.match(/.{1,7}/g) ?? [])));
    expect(output).toContain('-:1:68 error');
    expect(exitCode).toBe(1);
  });

  it('stops reading an input without end', async () => {
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 65_536;
        yield Buffer.alloc(65_536, '[');
      }
    }
    const { output } = await run(['-', '--json'], endless());
    expect(JSON.parse(output).findings).toEqual([expect.objectContaining({ code: 'subscribe-too-large' })]);
    expect(read).toBeLessThan(LARGEST_PAYLOAD + 200_000);
  });

  it('prints one JSON object', async () => {
    const { output } = await run([await file(THREAD), '--json']);
    const report = JSON.parse(output);
    expect(report.findings).toHaveLength(3);
    expect(report.findings[2]).toEqual({
      code: 'subscribe-duplicate-key',
      cause: 'subscribe-duplicate-key',
      severity: 'error',
      message: expect.any(String),
      fix: expect.any(String),
      offset: 67,
      line: 1,
      column: 68,
      related: { offset: 1, line: 1, column: 2 },
    });
    expect(JSON.parse(report.corrected)).toMatchObject({ type: 'subscribe' });
  });

  it.each(['nowhere.json', '.'])('calls %s, which is no file, wrong usage', async (name) => {
    await expect(run([join(folder, name)])).rejects.toThrow(UsageError);
  });
});
