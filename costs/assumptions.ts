/** A number that the bill is made with, and what is meant by it. */
export interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
}

/** How the listener is run. A relay has its overlap for a standby. */
export const SHAPES = ['Fargate', 'Fargate with standby', 'relay'] as const;
export type Shape = (typeof SHAPES)[number];

/** How many agents a bill is made for. */
export const AGENTS = [10, 100, 1_000] as const;

/**
 * What nobody's price list tells. One shard, one OAuth client, no example consumer, no debugging rule; a quiet month with no
 * deployment. Put in your own, and run `npm run cost` again.
 */
export const ASSUMPTIONS = {
  hours: { value: 730, unit: 'hours', meaning: 'in a month' },
  workingDays: { value: 22, unit: 'days', meaning: 'worked in a month' },
  workingHours: { value: 9, unit: 'hours', meaning: 'worked in a day' },
  conversations: { value: 40, unit: 'conversations', meaning: 'an agent has in a day, all media' },
  updates: { value: 12, unit: 'updates', meaning: 'a conversation has, each an event' },
  eventKb: { value: 6, unit: 'KB', meaning: 'an event has on average' },
  units: {
    value: 1.02,
    unit: 'units of 64 KB',
    meaning: 'an event is billed as, since few are larger than one',
  },
  largeShare: {
    value: 0.001,
    unit: 'of the events',
    meaning: 'are so large that the body goes to the bucket',
  },
  largeKb: { value: 300, unit: 'KB', meaning: 'such a body has' },
  bodyDays: { value: 31, unit: 'days', meaning: 'a body is kept' },
  parkedShare: { value: 0.0001, unit: 'of the events', meaning: 'are parked and sent again' },
  queuePolls: { value: 15, unit: 'requests', meaning: 'with which the pipe asks the queue in a minute' },
  leaseWrites: { value: 1, unit: 'write units', meaning: 'the lease takes in a second' },
  leaseReads: { value: 2, unit: 'read units', meaning: 'with which a standby looks at it in a second' },
  checkpointSeconds: {
    value: 2,
    unit: 'seconds',
    meaning: 'between two checkpoints, when there is something new',
  },
  checkpointQuiet: { value: 10, unit: 'seconds', meaning: 'between two, when there is nothing new' },
  checkpointUnits: {
    value: 0.13,
    unit: 'write units',
    meaning: 'an event takes in a checkpoint, and one at least a checkpoint',
  },
  reportKb: { value: 6, unit: 'KB', meaning: 'a task’s metrics take in the log, each minute' },
  logMb: { value: 50, unit: 'MB', meaning: 'of other lines a task writes in a month' },
  flowMb: { value: 50, unit: 'MB', meaning: 'of flow logs a task makes in a month' },
  secretSeconds: {
    value: 300,
    unit: 'seconds',
    meaning: 'between two looks of a live listener at the secret (`CREDENTIALS_RECHECK_SECONDS`)',
  },
  imageGb: { value: 0.5, unit: 'GB', meaning: 'of images are in the registry' },
  relayOverlap: {
    value: 60,
    unit: 'seconds',
    meaning: 'two relays overlap at each change, of the time that is left to the first one',
  },
  executionTransitions: {
    value: 2,
    unit: 'transitions',
    meaning: 'an execution of the state machine takes besides its states, for its start and its end',
  },
} as const satisfies Record<string, Assumption>;
