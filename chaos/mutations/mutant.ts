import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleListener } from '../listeners/bundle.ts';
import type { Mutation } from './list.ts';

const PROJECT = join(import.meta.dirname, '../..');
const TSX = join(PROJECT, 'node_modules/tsx/dist/cli.mjs');
const CAMPAIGN = join(PROJECT, 'chaos/main.ts');

/** How the campaign went with a mutant. */
export type MutantFate =
  /** It noticed, and said this. */
  | { readonly fate: 'killed'; readonly failures: readonly string[] }
  | { readonly fate: 'survived' }
  /** It could not be run to its end, so it has proved nothing. */
  | { readonly fate: 'unusable'; readonly error: string };

/** How often a mutation's line is found; 1 is right. */
export function occurrencesOf({ file, find }: Mutation): number {
  return readFileSync(join(PROJECT, file), 'utf8').split(find).length - 1;
}

/**
 * Bundles the listener with one line changed.
 * @param folder an empty one, for it and the copy of the sources
 * @returns the bundle
 * @throws when the changed sources can't be bundled
 */
export function buildMutant({ file, find, replace, args }: Mutation, folder: string): string {
  for (const sources of ['listener', 'lambda/relay'])
    cpSync(join(PROJECT, sources), join(folder, sources), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, file);
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(find, () => replace),
  );
  const bundle = join(folder, 'mutant.mjs');
  bundleListener(bundle, shapeOf(args), folder);
  return bundle;
}

const shapeOf = (args: readonly string[]) => (args.includes('relay') ? 'relay' : 'fargate');

/** Runs the campaign on a bundle, with another seed each time, until it notices. */
export async function tryMutant(
  { args }: Mutation,
  bundle: string,
  folder: string,
  attempts: number,
): Promise<MutantFate> {
  for (let seed = 1; seed <= attempts; seed += 1) {
    const result = await playCampaign([...args, '--seed', String(seed), '--listener', bundle], folder);
    if (result.fate !== 'survived') return result;
  }
  return { fate: 'survived' };
}

/**
 * Runs one campaign as a process of its own.
 * @param folder where it may leave what it leaves
 */
export async function playCampaign(args: readonly string[], folder: string): Promise<MutantFate> {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, [TSX, CAMPAIGN, ...args, '--json'], {
    // Failed campaigns keep their folders; here they go with the mutant's.
    env: { PATH: process.env['PATH'], TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === 0) return { fate: 'survived' };
  const failures = failuresIn(said.stdout);
  if (failures === undefined) return { fate: 'unusable', error: said.stderr.slice(-2_000) };
  return { fate: 'killed', failures };
}

function failuresIn(stdout: string): readonly string[] | undefined {
  try {
    const { failures } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    return Array.isArray(failures) ? failures.map(String) : undefined;
  } catch {
    return undefined;
  }
}
