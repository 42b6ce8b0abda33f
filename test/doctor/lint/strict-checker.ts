import { z } from 'zod';
import { scanMembers } from '../../../listener/contract/json-members.ts';

const Subscription = z.strictObject({
  id: z.string().min(1),
  type: z.literal('subscribe'),
  filter: z.strictObject({
    eventTypes: z.array(z.literal('conversation:conversation:updated')).min(1),
    entities: z.array(z.string().min(1)),
  }),
});

/** A subscribe message as a server that takes no chances reads it, with none of the lint's code. */
export function isStrictlyRight(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return Subscription.safeParse(JSON.parse(text)).success && !hasDuplicateKey(text);
  } catch {
    return false;
  }
}

function hasDuplicateKey(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  const members = scanMembers(text);
  const keys = new Set(members.map(({ key }) => key));
  return (
    keys.size < members.length ||
    members.some(({ valueStart, valueEnd }) => hasDuplicateKey(text.slice(valueStart, valueEnd)))
  );
}
