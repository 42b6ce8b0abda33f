import { readFile } from 'node:fs/promises';

/** The shell blocks of a Markdown file, in order. */
export async function shellBlocks(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block]) => block ?? '');
}
