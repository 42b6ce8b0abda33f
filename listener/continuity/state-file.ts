import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const systemError = z.object({ code: z.string() });

/** Whether the file, or the folder it should be in, isn't there. */
export function isMissing(error: unknown): boolean {
  return systemError.safeParse(error).data?.code === 'ENOENT';
}

/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the folder of state, for its owner only. */
export async function makeStateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Writes a file of its own beside `path`, for its owner only, and has it on the disk.
 * @returns its name, to be renamed to `path`, or removed
 */
export async function writeBeside(path: string, text: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await makeStateFolder(dirname(path));
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Puts a file in the place of another in one step: whoever reads finds the one or the other, whole. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The name under which a file that can't be read is kept for whoever looks into it. */
export function corruptName(path: string, nowMs: number): string {
  return `${path}.corrupt-${new Date(nowMs).toISOString().replaceAll(':', '')}`;
}

/** Closes a file to others. */
export async function closeToOthers(path: string): Promise<void> {
  await chmod(path, 0o600);
}
