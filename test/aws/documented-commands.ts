import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from '../python-environment.ts';
import { shellBlocks } from '../shell-blocks.ts';

/** Only version 2 of the command line, which is no Python package, can tail: here the log group is read instead. */
const TAIL = /aws logs tail (\S+)(?: --follow| --since \S+)?/g;
/** What the emulator has no answer for: the command line reads command and options all the same, but sends nothing. */
const NOT_EMULATED =
  /^ *aws (pipes [a-z-]+|schemas [a-z-]+|sqs start-message-move-task|events [a-z]+-replay) .*$/gm;
/** Nor has it for this one, which writes a file and so can't be read without being sent. */
const INTO_A_FILE = /^ *aws schemas get-code-binding-source .*$/gm;
const DOCS = join(import.meta.dirname, '../../docs');

/** The blocks of a document that use the AWS command line or set its variables, as they stand there. */
export async function awsBlocks(document: string): Promise<string[]> {
  const blocks = await shellBlocks(join(DOCS, document));
  return blocks.filter((block) => /^ *(aws |[A-Z_]+=)/m.test(block));
}

/**
 * Runs a block as a reader would.
 * @param input what the reader types
 * @throws when a command of it fails
 */
export async function runBlock(
  block: string,
  { environment, input = '' }: { environment: Readonly<Record<string, string>>; input?: string },
): Promise<string> {
  const programs = await pythonEnvironment(join(import.meta.dirname, 'cli-requirements.txt'));
  // Its client for queues overlooks AWS_ENDPOINT_URL, so all are told on the command line.
  const aws = `aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }`;
  const commands = block
    .replaceAll(TAIL, 'aws logs filter-log-events --log-group-name $1')
    .replaceAll(INTO_A_FILE, ':')
    .replaceAll(NOT_EMULATED, '$& --generate-cli-skeleton input');
  const script = `set -euo pipefail\n${aws}\n${commands}`;
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  const shell = spawn('bash', ['--norc', '-c', script], {
    cwd: folder,
    env: {
      PATH: `${programs}:${process.env['PATH']}`,
      AWS_PAGER: '',
      ...environment,
    },
  });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  shell.stdin.end(input);
  await once(shell, 'close');
  await rm(folder, { recursive: true });
  if (shell.exitCode !== 0) throw new Error(`this ended with ${shell.exitCode}:\n${block}\n${output}`);
  return output;
}
