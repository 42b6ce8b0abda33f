import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/**
 * Makes sure that what a requirements file names is installed, in a virtual environment under `.venv` that is
 * made anew when the file changes.
 * @returns the folder of its programs
 * @throws when Python 3 is missing or the installation fails: then nothing can be checked, and nothing is skipped
 */
export async function pythonEnvironment(requirementsFile: string): Promise<string> {
  const requirements = await readFile(requirementsFile);
  const id = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const folder = join(import.meta.dirname, '../.venv', id);
  const programs = join(folder, 'bin');
  const ready = join(folder, 'ready');
  if (await exists(ready)) return programs;
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(programs, 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    requirementsFile,
  ]);
  await mkdir(ready);
  return programs;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
