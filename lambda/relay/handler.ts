import { z } from 'zod';
import { describeError } from '../../listener/errors.ts';
import { prepareListener } from '../../listener/prepared-listener.ts';
import { runRelay } from './relay.ts';
import { createStepFunctionsClient, stepFunctionsCallback } from './step-functions-callback.ts';

const eventSchema = z.object({ taskToken: z.string().min(1) });

/**
 * The listener for as long as an invocation lasts, started by the state machine that keeps one running. What it throws is
 * counted by Lambda, and an alarm tells of it, wherever in its course that is.
 */
export async function handler(
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<void> {
  const { taskToken } = eventSchema.parse(event);
  const callback = stepFunctionsCallback(createStepFunctionsClient(), taskToken);
  try {
    const listener = prepareListener(process.env);
    listener.redactor.add(taskToken);
    await runRelay({
      listener,
      callback,
      handoverMs: listener.config.timing.handoverMs,
      remainingMs: () => context.getRemainingTimeInMillis(),
    });
  } catch (error) {
    await failed(error);
    throw error;
  }

  /** Has another relay started, unless that was done before. */
  async function failed(error: unknown): Promise<void> {
    const name = error instanceof Error ? error.name : 'Error';
    try {
      await callback.failed(name, describeError(error));
    } catch (cause) {
      // Not heard, it misses its heartbeats, which comes to the same.
      process.stderr.write(`Step Functions could not be told of the failure: ${describeError(cause)}\n`);
    }
  }
}
