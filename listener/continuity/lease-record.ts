import { z } from 'zod';
import type { LeaseRecord } from './lease-store.ts';

const leaseRecordSchema = z.object({
  holder: z.string(),
  epoch: z.number().int().nonnegative(),
  nonce: z.string(),
  state: z.enum(['held', 'offered', 'claimed', 'released']),
  claimant: z.string().optional(),
});

/** What can be saved of a record that is damaged, or written by a later version that knows other states. */
const damagedSchema = z.object({ epoch: z.coerce.number().int().nonnegative().catch(0) }).catch({ epoch: 0 });

/** @returns undefined when it is none */
export function parseLeaseRecord(value: unknown): LeaseRecord | undefined {
  const parsed = leaseRecordSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/**
 * What stands in for a record that can't be read. It counts as held, so that a holder who doesn't know yet has a
 * lease's time to notice; and its epoch is kept where it can be told, so that epochs never go down.
 */
export function standInFor(value: unknown, nonce: string): LeaseRecord {
  return { holder: 'unreadable', epoch: damagedSchema.parse(value).epoch, nonce, state: 'held' };
}
