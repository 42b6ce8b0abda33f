import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const INSTALL = `
  test -e "$FOLDER/ready" && exit
  python3 -m venv "$FOLDER"
  "$FOLDER/bin/pip" install --quiet --disable-pip-version-check -r "$REQUIREMENTS"
  mkdir "$FOLDER/ready"
`;

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
  await mkdir(folder, { recursive: true });
  // Files of tests run side by side: one installs, the others wait.
  await run('flock', [`${folder}.lock`, 'bash', '-ec', INSTALL], {
    env: { ...process.env, FOLDER: folder, REQUIREMENTS: requirementsFile },
  });
  return join(folder, 'bin');
}
