import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { TaskStanding, Tasks, Told } from '../listeners/tasks.ts';

/** What an `x-amz-target` for Step Functions begins with. */
export const STEP_FUNCTIONS = 'AWSStepFunctions.';

const CALLS: Readonly<Record<string, Told>> = {
  SendTaskHeartbeat: 'heartbeat',
  SendTaskSuccess: 'success',
  SendTaskFailure: 'failure',
};
const Body = z.looseObject({ taskToken: z.string().min(1) });

const ERRORS = {
  closed: {
    status: 400,
    type: 'TaskTimedOut',
    message: "Task Timed Out: 'Provided task does not exist anymore'",
  },
  unknown: { status: 400, type: 'TaskDoesNotExist', message: "Task does not exist: 'No such task'" },
  invalid: { status: 400, type: 'ValidationException', message: 'the campaign knows no such call' },
  failed: { status: 500, type: 'InternalFailure', message: 'Internal failure' },
} as const;

/** How Step Functions is: `deaf` fails each call, `mute` takes it and fails the answer. */
export type Health = 'well' | 'deaf' | 'mute';

/** Answers a relay that calls back, as Step Functions does. */
export async function answerCallback(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { tasks, health }: { readonly tasks: Tasks; readonly health: Health },
): Promise<void> {
  const call = CALLS[String(incoming.headers['x-amz-target']).slice(STEP_FUNCTIONS.length)];
  const body = await bodyOf(incoming);
  if (body === undefined) return;
  const standing = health === 'deaf' ? 'failed' : told(call, body, tasks);
  answer(outgoing, health === 'mute' ? 'failed' : standing);
}

/** Undefined when the caller has gone in the middle of it. */
async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  try {
    return await text(incoming);
  } catch {
    return undefined;
  }
}

function answer(outgoing: ServerResponse, standing: 'awaited' | keyof typeof ERRORS): void {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  if (standing === 'awaited') {
    outgoing.writeHead(200, headers).end('{}');
    return;
  }
  const { status, type, message } = ERRORS[standing];
  outgoing.writeHead(status, headers).end(JSON.stringify({ __type: type, message }));
}

function told(call: Told | undefined, body: string, tasks: Tasks): TaskStanding | 'invalid' {
  const { data } = Body.safeParse(parse(body));
  return call === undefined || data === undefined ? 'invalid' : tasks.tell(data.taskToken, call);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
