import { Command } from 'commander';
import type { Environment } from '../exit.ts';

const HELP = `
Asks the organisation that the environment names (see \`start --help\`) for what TOPICS stands for, and for
the permissions that each topic needs. It creates no channel and subscribes to nothing. With DIALECT=org-socket there is
nothing to ask for: it shows what the subscription would say, and what it needs.

Exit codes: 0 every item of TOPICS gives a topic that exists; 1 one doesn't; 2 the configuration can't be used.`;

/** `topics`: what would be subscribed to. */
export function topicsCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('topics')
    .description('Show what would be subscribed to, with the permissions it needs')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (flags: { json?: boolean }) => {
      const { showTopics } = await import('./show-topics.ts');
      done(await showTopics(env, flags.json ?? false));
    });
}
