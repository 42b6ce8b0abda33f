import { ACCESS_CAUSES } from './causes/access.ts';
import type { Cause } from './causes/cause.ts';
import { CONNECTION_CAUSES } from './causes/connection.ts';
import { REACHING_CAUSES } from './causes/reaching.ts';
import { SUBSCRIPTION_CAUSES } from './causes/subscription.ts';

export { CAUSE_GROUPS, type Cause } from './causes/cause.ts';

/**
 * Every cause that a diagnosis can name. The ids are stable: alarms, reports and scripts go by them.
 * Doctor, the listener's close reports and the documentation all read this list.
 */
export const CAUSES = {
  ...REACHING_CAUSES,
  ...ACCESS_CAUSES,
  ...SUBSCRIPTION_CAUSES,
  ...CONNECTION_CAUSES,
} as const satisfies Record<string, Cause>;

export type CauseId = keyof typeof CAUSES;

export function isCauseId(text: string): text is CauseId {
  return Object.hasOwn(CAUSES, text);
}

export const CAUSE_IDS: readonly CauseId[] = Object.keys(CAUSES).filter(isCauseId);

export function causeOf(id: CauseId): Cause {
  return CAUSES[id];
}
