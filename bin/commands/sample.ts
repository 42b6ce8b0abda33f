import { Argument, Command } from 'commander';
import { sampleEvents } from '../../listener/contract/sample.ts';
import { UsageError } from '../exit.ts';

const HELP = `
The events are whole, as a rule's target receives them: to try patterns on, and for tests.
Without a name all are printed, as one JSON object by name.

Examples:
  conversation-bridge sample --list
  conversation-bridge sample "agent connected" > event.json`;

/** `sample`: events that look like those on the bus. */
export function sampleCommand(): Command {
  return new Command('sample')
    .description('Print sample events, as consumers receive them')
    .addArgument(new Argument('[name]', 'of one sample'))
    .option('--list', 'print the names only')
    .addHelpText('after', HELP)
    .action((name: string | undefined, flags: { list?: boolean }) => {
      const samples = sampleEvents();
      if (flags.list) return print(samples.map((sample) => sample.name).join('\n'));
      if (name === undefined)
        return print(
          JSON.stringify(Object.fromEntries(samples.map((sample) => [sample.name, sample.event])), null, 2),
        );
      const sample = samples.find((candidate) => candidate.name === name);
      if (sample === undefined)
        throw new UsageError(
          `there is no sample "${name}"; there are ${samples.map((each) => `"${each.name}"`).join(', ')}`,
        );
      return print(JSON.stringify(sample.event, null, 2));
    });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
