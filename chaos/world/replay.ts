import { spawn } from 'node:child_process';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '../../bin/conversation-bridge.js');

/** Sends parked events again with the command that operators use. Its output is the error when it fails. */
export async function replayParked(
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: string }> {
  const child = spawn(process.execPath, [COMMAND, 'replay', '--file', file, '--json'], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return code === 0 ? { ok: true } : { ok: false, error: `exit code ${code}: ${said.slice(-2_000)}` };
}
