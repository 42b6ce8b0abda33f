import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createStateTableClient } from '../../listener/continuity/state-table.ts';

/** What each version of the formats has written, each in a folder of its own, never to be changed. */
export const FORMATS = join(import.meta.dirname, '../fixtures/formats');

/** When it was written. */
export const WRITTEN_AT = Date.parse('2026-01-05T09:00:00.000Z');

export function textOf(version: string, name: string): string {
  return readFileSync(join(FORMATS, version, name), 'utf8');
}

export function linesOf(version: string, name: string): string[] {
  return textOf(version, name).trim().split('\n');
}

/** A copy of a version's folder of state, to be read and written in. */
export async function stateFolder(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'formats-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(FORMATS, version, 'state'), folder, { recursive: true });
  return folder;
}

const binary = z
  .strictObject({ base64: z.string() })
  .transform(({ base64 }) => Buffer.from(base64, 'base64'));
const item = z.record(z.string(), z.union([binary, z.unknown()]));
export type Item = z.output<typeof item>;

/** A version's items of the table of state. */
export function tableItems(version: string): Item[] {
  return z.array(item).parse(JSON.parse(textOf(version, 'state-table.json')));
}

/** A client for a table that holds these items, in memory: as much of one as the stores ask for. */
export function tableOf(items: readonly Item[]): {
  client: DynamoDBDocumentClient;
  items: Map<string, Item>;
} {
  const client = createStateTableClient({ region: 'ap-northeast-1' });
  const table = new Map(items.map((each) => [String(each['sk']), each]));
  const inOrder = () => [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  vi.spyOn(client, 'send').mockImplementation(async (command) => {
    const $metadata = {};
    if (command instanceof PutCommand)
      table.set(String(command.input.Item?.['sk']), command.input.Item ?? {});
    if (command instanceof GetCommand)
      return { $metadata, Item: table.get(String(command.input.Key?.['sk'])) };
    if (!(command instanceof QueryCommand)) return { $metadata };
    const values = command.input.ExpressionAttributeValues ?? {};
    const { ':from': from, ':to': to, ':prefix': prefix } = values;
    const found = inOrder().filter(([sk]) =>
      prefix === undefined ? sk >= String(from) && sk <= String(to) : sk.startsWith(String(prefix)),
    );
    const ordered = command.input.ScanIndexForward === false ? found.reverse() : found;
    return { $metadata, Items: ordered.slice(0, command.input.Limit).map(([, each]) => each) };
  });
  return { client, items: table };
}
