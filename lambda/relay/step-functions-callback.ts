import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { RelayCallback, Standing } from './callback.ts';

/** Longer ones are refused. Source: Step Functions, SendTaskFailure. */
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

/**
 * A client for `stepFunctionsCallback`. A request takes at most 1 s to connect and 3 s in all, less than the time
 * between heartbeats, and is sent once, since the relay tries again itself. Region and endpoint are the environment's.
 */
export function createStepFunctionsClient(): SFNClient {
  return new SFNClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
}

/** The callback of a task that waits for its token, in a state machine. */
export function stepFunctionsCallback(client: Pick<SFNClient, 'send'>, taskToken: string): RelayCallback {
  return {
    heartbeat: () => standing(client.send(new SendTaskHeartbeatCommand({ taskToken }))),
    next: () => standing(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))),
    failed: (error, cause) =>
      standing(
        client.send(
          new SendTaskFailureCommand({
            taskToken,
            error: error.slice(0, LONGEST_ERROR),
            cause: cause.slice(0, LONGEST_CAUSE),
          }),
        ),
      ),
  };
}

async function standing(call: Promise<unknown>): Promise<Standing> {
  try {
    await call;
    return 'awaited';
  } catch (error) {
    const isClosed =
      error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!isClosed) throw error;
    return 'closed';
  }
}
