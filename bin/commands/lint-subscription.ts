import { createReadStream } from 'node:fs';
import { Argument, Command } from 'commander';
import { LARGEST_PAYLOAD, lintSubscription } from '../../doctor/lint/lint.ts';
import { renderReport } from '../../doctor/lint/render.ts';
import { describeError } from '../../listener/errors.ts';
import { EXIT_FAILURE, EXIT_OK, UsageError } from '../exit.ts';

const HELP = `
Reads the bytes of a subscribe message of the org socket as they would go over the wire, and tells all that is
wrong with them: keys that are there twice, members that are missing or stand elsewhere, event types that don't
exist, strings round the JSON, and what is no JSON. Then it prints the message that was probably meant.

Exit codes: 0 nothing found; 1 something found, be it a warning; 2 the file can't be read.

Examples:
  conversation-bridge lint-subscription subscribe.json
  pbpaste | conversation-bridge lint-subscription -
  conversation-bridge lint-subscription subscribe.json --json | jq -r .corrected`;

/** What the command reads and writes, so that tests can stand in for the terminal. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly write: (text: string) => void;
  readonly isColourful: boolean;
}

/** `lint-subscription`: what is wrong with a subscribe message. */
export function lintSubscriptionCommand(
  done: (exitCode: number) => void,
  terminal: Terminal = processTerminal(),
): Command {
  return new Command('lint-subscription')
    .description('Tell what is wrong with a subscribe message of the org socket')
    .addArgument(new Argument('<file>', 'that holds the message; - is standard input'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (file: string, flags: { json?: boolean }) => {
      const bytes = await readPayload(file, terminal.stdin);
      const report = lintSubscription(bytes);
      terminal.write(
        flags.json
          ? `${JSON.stringify({ file, ...report }, null, 2)}\n`
          : renderReport(report, { file, bytes, isColourful: terminal.isColourful }),
      );
      done(report.findings.length > 0 ? EXIT_FAILURE : EXIT_OK);
    });
}

function processTerminal(): Terminal {
  return {
    stdin: process.stdin,
    write: (text) => process.stdout.write(text),
    isColourful: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  };
}

/** Reads no more than it takes to see that the payload is too large: it may be a device or an endless pipe. */
async function readPayload(file: string, stdin: Terminal['stdin']): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? stdin : createReadStream(file)) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      if (size > LARGEST_PAYLOAD) break;
    }
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${describeError(error)}`);
  }
  return Buffer.concat(chunks);
}
