import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmDefinition } from './alarm-definitions.ts';
import { FIVE_MINUTES } from './metrics.ts';
import type { ParkingQueues } from './parking-queues.ts';

/** Longer than it takes to fail twice; dead letters come after the fifth time. */
const WAITING_TOO_LONG = Duration.minutes(20);

/** What was put aside and does not get away from there. */
export function parkingAlarms({ parked, deadLetters }: ParkingQueues): AlarmDefinition[] {
  return [
    {
      id: 'parked-events-waiting',
      cause: `Parked events wait for ${WAITING_TOO_LONG.toMinutes()} minutes: the pipe does not get them onto the bus.`,
      firstStep: 'Ask what state the pipe is in: it is stopped when it was refused too often.',
      metric: parked.metricApproximateAgeOfOldestMessage({
        period: FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      threshold: WAITING_TOO_LONG.toSeconds(),
      when: 'at-least',
      periods: 1,
      missing: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'dead-letters-waiting',
      cause: 'Events or frames that the bus refuses for good, or the pipe failed at, are kept for 14 days.',
      firstStep: 'Read one message without deleting it: it has the reason.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: FIVE_MINUTES,
        statistic: Stats.MAXIMUM,
      }),
      threshold: 1,
      when: 'at-least',
      periods: 1,
      missing: TreatMissingData.NOT_BREACHING,
    },
  ];
}
