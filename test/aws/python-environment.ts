import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/**
 * Makes sure that what `requirements.txt` names is installed, in a virtual environment under `.venv` that is
 * made anew when the file changes.
 * @returns the folder of its programs
 * @throws when Python 3 is missing or the installation fails: without the emulator nothing here can be checked
 */
export async function pythonEnvironment(): Promise<string> {
  const requirements = await readFile(REQUIREMENTS);
  const id = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = join(import.meta.dirname, '../../.venv', id);
  const programs = join(folder, 'bin');
  const ready = join(folder, 'ready');
  if (await exists(ready)) return programs;
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(programs, 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  await mkdir(ready);
  return programs;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
