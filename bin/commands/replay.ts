import { Command } from 'commander';
import type { Environment } from '../exit.ts';
import type { ReplayFlags } from '../replay/run.ts';

const HELP = `
What the bus did not take is parked with its reason: in PARKING_DIR/parked.jsonl, or in the SQS queues that
PARKING_QUEUE_URL and DEAD_LETTER_QUEUE_URL name. This sends it to EVENT_BUS_NAME again, complete and under the same
event ids, so consumers that remember detail.bridge.eventId take nothing twice. Mend the reason first: the log and
each parked event name it.

It may run while the listener does. What is sent leaves the parking lot only when the bus has it; what fails stays.
Events of a conversation are sent in order, as far as a queue hands them out together. Frames that no event could be
made of are left where they are. A replay that is killed is made up for by the next one.

Exit codes: 0 everything was sent; 1 something failed, or can't be read, and stays parked; 2 wrong usage or configuration.

Examples:
  conversation-bridge replay --dry-run
  conversation-bridge replay
  conversation-bridge replay --file saved/parked.jsonl --json
  conversation-bridge replay --dead-letter --frames
  conversation-bridge replay --queue-url https://sqs.ap-northeast-1.amazonaws.com/123456789012/parked`;

/** `replay`: sends parked events again. */
export function replayCommand(env: Environment, done: (exitCode: number) => void): Command {
  return new Command('replay')
    .description('Send parked events to the bus again, under the same event ids')
    .option('--file <path>', 'a parking file (default: parked.jsonl in PARKING_DIR)')
    .option('--queue-url <url>', 'an SQS queue (default: PARKING_QUEUE_URL, if set)')
    .option('--dead-letter', 'the queue of DEAD_LETTER_QUEUE_URL')
    .option('--dry-run', 'tell what would be sent, and send nothing')
    .option('--frames', 'print the parked frames, a JSON object each, and send nothing')
    .option('--json', 'print one JSON object as the last line: read, published, failed, frames, seconds')
    .addHelpText('after', HELP)
    .action(async (flags: ReplayFlags) => {
      const { runReplay } = await import('../replay/run.ts');
      done(await runReplay(env, flags));
    });
}
