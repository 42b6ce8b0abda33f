/**
 * How listeners are run. `fargate`: as containers, that a signal stops. `relay`: as Lambda invocations, each of which calls for the
 * next one before its time is over.
 */
export const SHAPES = ['fargate', 'relay'] as const;
export type Shape = (typeof SHAPES)[number];
