/*
 * The state machine that keeps a relayed listener running, in the Amazon States Language with JSONata.
 *
 * Each turn of it starts the listener once more, in a Lambda invocation that it doesn't wait for: the invocation calls back
 * when the next one is to be started, and goes on until that one has taken over. A relay that dies misses its heartbeats.
 */

/** Times and bounds of a relay. Seconds, but for `turns`. */
export const RELAY_TIMES = {
  /** Lambda's longest. */
  invocation: 900,
  /** A relay that says nothing for so long is dead; it says something every 5 s. */
  heartbeat: 20,
  /** The longest pause before a relay that failed is started again; the first is a second, then they double. */
  longestPause: 60,
  /** So many turns to an execution, about a day: 20 events or so each, where Step Functions allows 25,000. A changed definition takes effect then. */
  turns: 100,
};

export type RelayTimes = typeof RELAY_TIMES;

/** What of an execution's name goes into the names of those that renew it; with their number it must stay below 80. */
const ROOT_LENGTH = 60;

const ALL = ['States.ALL'];
const me = '$states.context.Execution.Id';

/**
 * Other executions of this state machine that run and were there before. Each turn one that is not the oldest leaves, so there
 * is soon one again however many were started. The one that this one renews does not count as long as it may still run.
 */
const EARLIER = [
  '(',
  `$mine := $states.result.Executions[ExecutionArn = ${me}];`,
  `$others := $states.result.Executions[ExecutionArn != ${me} and ($turn > 0 or ExecutionArn != $after)];`,
  `$count($others[$not($exists($mine)) or StartDate < $mine.StartDate or (StartDate = $mine.StartDate and ExecutionArn < ${me})])`,
  ')',
].join(' ');

/** The definition for a function by its name. */
export function relayDefinition(functionName: string, times: RelayTimes = RELAY_TIMES): object {
  return {
    Comment: 'Keeps a relayed listener of the Conversation Bridge running',
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Pass',
        Assign: {
          turn: 0,
          failures: 0,
          earlier: 0,
          root: `{% $exists($states.input.root) ? $states.input.root : $substring($states.context.Execution.Name, 0, ${ROOT_LENGTH}) %}`,
          generation: '{% $exists($states.input.generation) ? $states.input.generation : 0 %}',
          after: "{% $exists($states.input.after) ? $states.input.after : '' %}",
        },
        Next: 'LookForOthers',
      },
      LookForOthers: {
        Type: 'Task',
        Resource: 'arn:aws:states:::aws-sdk:sfn:listExecutions',
        Arguments: {
          StateMachineArn: '{% $states.context.StateMachine.Id %}',
          StatusFilter: 'RUNNING',
        },
        TimeoutSeconds: 10,
        Assign: { earlier: `{% ${EARLIER} %}` },
        Output: {},
        // Unknown is none: one relay too many does no harm, none at all does.
        Catch: [{ ErrorEquals: ALL, Assign: { earlier: 0 }, Output: {}, Next: 'Decide' }],
        Next: 'Decide',
      },
      Decide: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $earlier > 0 %}', Next: 'Leave' },
          { Condition: `{% $turn >= ${times.turns} %}`, Next: 'Renew' },
        ],
        Default: 'Relay',
      },
      Relay: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: functionName,
          InvocationType: 'Event',
          Payload: { taskToken: '{% $states.context.Task.Token %}' },
        },
        HeartbeatSeconds: times.heartbeat,
        TimeoutSeconds: times.invocation,
        Assign: { turn: '{% $turn + 1 %}', failures: 0 },
        Output: {},
        Catch: [
          {
            ErrorEquals: ALL,
            Assign: { turn: '{% $turn + 1 %}', failures: '{% $failures + 1 %}' },
            Output: {},
            Next: 'Pause',
          },
        ],
        Next: 'LookForOthers',
      },
      Pause: {
        Type: 'Wait',
        Seconds: `{% $min([$power(2, $min([$failures - 1, 10])), ${times.longestPause}]) %}`,
        Next: 'LookForOthers',
      },
      Renew: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution',
        Arguments: {
          StateMachineArn: '{% $states.context.StateMachine.Id %}',
          // The same each time that it is tried, so that there can be one only.
          Name: "{% $root & '-' & $string($generation + 1) %}",
          Input: { root: '{% $root %}', generation: '{% $generation + 1 %}', after: `{% ${me} %}` },
        },
        TimeoutSeconds: 10,
        Output: {},
        Catch: [
          {
            ErrorEquals: [
              'StepFunctions.ExecutionAlreadyExistsException',
              'StepFunctions.ExecutionAlreadyExists',
              'ExecutionAlreadyExists',
            ],
            Output: {},
            Next: 'Leave',
          },
          // It goes on itself, and tries again at the next turn.
          { ErrorEquals: ALL, Output: {}, Next: 'Relay' },
        ],
        Next: 'Leave',
      },
      Leave: { Type: 'Succeed', Output: {} },
    },
  };
}
