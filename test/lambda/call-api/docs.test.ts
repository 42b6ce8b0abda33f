import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../../lambda/call-api/failure.ts';
import { METRICS } from '../../../lambda/call-api/metrics.ts';
import { buildRequest } from '../../../lambda/call-api/request.ts';
import { SETTINGS, type Setting } from '../../../lambda/call-api/settings.ts';
import { sample, settingsFor } from './harness.ts';

const ROOT = join(import.meta.dirname, '../../..');
const text = await readFile(join(ROOT, 'docs/consumers.md'), 'utf8');

/** The rows of the table that follows a heading line of columns. */
function rowsUnder(columns: string): string[][] {
  const [, table = ''] = text.split(`| ${columns} |\n`);
  const rows = /^\|[-|]+\|\n((?:\|.*\|\n)+)/.exec(table)?.[1] ?? '';
  return rows
    .trimEnd()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const absent = ({ required, fallback }: Setting) =>
  required ? 'required' : fallback === undefined ? '' : `\`${fallback}\``;

describe('docs/consumers.md', () => {
  it('lists each setting, and no other', () => {
    expect(rowsUnder('variable | if absent | meaning')).toEqual(
      SETTINGS.map((setting: Setting) => [`\`${setting.name}\``, absent(setting), setting.meaning]),
    );
  });

  it('lists each reason for a failure, and no other', () => {
    expect(rowsUnder('code | kind | meaning')).toEqual(
      Object.entries(FAILURES).map(([code, [kind, meaning]]) => [`\`${code}\``, kind, meaning]),
    );
  });

  it('lists each metric, and no other', () => {
    expect(rowsUnder('metric | unit | meaning')).toEqual(
      Object.entries(METRICS).map(([name, [unit, meaning]]) => [`\`${name}\``, unit, meaning]),
    );
  });

  it('names only files that are there', async () => {
    const named = rowsUnder('file | what it tells').flatMap(([files = '']) =>
      files.split(', ').map((file) => file.replaceAll('`', '')),
    );
    expect(await readdir(join(ROOT, 'lambda/call-api'))).toEqual(expect.arrayContaining(named));
  });

  it('shows a mapping that does what it says', () => {
    const [, url = '', body = ''] = /API_URL='(.+)'\nAPI_BODY='(.+)'/.exec(text) ?? [];
    const [, method, path, sent] = /```http\n(\w+) (\S+)\n[^`]*\n\n(.+)\n```/.exec(text) ?? [];
    const request = buildRequest(settingsFor(url, { API_BODY: body }).api, sample(), 'id');
    expect(request).toMatchObject({ method, url: `https://api.example.com${path}`, body: sent });
  });
});
