import { Command } from 'commander';
import { type Environment, EXIT_OK } from '../exit.ts';

const HELP = `
The published sources leave some things open, and the mock decides each of them by a switch (\`mock --list-switches\`).
This tries them on the organisation that the environment names (see \`start --help\`), as far as that is harmless, and
writes what it saw, by the names of the switches, to a file that can be attached to a report. With DIALECT=org-socket
it tries the org socket, else channels. The file holds no secret and nothing of a conversation.

It makes one channel, or none if that evicted another, and takes its subscriptions off again. What would cost somebody
something is left alone, and the file says why.

Exit codes: 0 the file is written; 1 the organisation lets nothing be found out; 2 the configuration can't be used.

Examples:
  conversation-bridge verify-org
  DIALECT=org-socket conversation-bridge verify-org --output org-socket.json`;

/** `verify-org`: what a real organisation does where the published sources are silent. */
export function verifyOrgCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('verify-org')
    .description('Find out what a real organisation does where the published sources are silent')
    .option('--output <file>', 'to write to', 'verified-org.json')
    .addHelpText('after', HELP)
    .action(async ({ output }: { output: string }) => {
      const { runVerifyOrg } = await import('./run-verify-org.ts');
      await runVerifyOrg(env, output);
      done(EXIT_OK);
    });
}
