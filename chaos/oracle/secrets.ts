import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where something stands that may stand nowhere. */
export interface Leak {
  readonly file: string;
  /** The line, with the secret taken out. */
  readonly line: string;
}

/** Looks through logs and parked items for secrets, tokens and ids of channels. One leak a file is enough. */
export function findSecrets(folder: string, unspeakable: readonly string[]): Leak[] {
  return ['logs', 'parked'].flatMap((name) => {
    const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const file = join(entry.parentPath, entry.name);
        const text = readFileSync(file, 'utf8');
        const secret = unspeakable.find((each) => text.includes(each));
        if (secret === undefined) return [];
        const line = text.split('\n').find((each) => each.includes(secret)) ?? '';
        return { file, line: line.replaceAll(secret, '<secret>').slice(0, 500) };
      });
  });
}
