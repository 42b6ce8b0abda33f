import { z } from 'zod';
import type { BusEntry } from '../../../listener/publish/event-bus.ts';
import type { Shard } from './shard.ts';

const Detail = z.object({
  metadata: z.object({ CorrelationId: z.string().optional() }).optional(),
  conversation: z
    .object({ id: z.string(), version: z.number(), participants: z.array(z.unknown()) })
    .optional(),
  gap: z
    .object({ id: z.string(), from: z.string(), until: z.string().optional(), reason: z.string() })
    .optional(),
  bridge: z.object({ eventId: z.string(), sequence: z.string(), backfilled: z.boolean() }),
});

/** What the bus has got, in its order. */
export function eventsOf({ onBus }: { readonly onBus: readonly Pick<BusEntry, 'detailType' | 'detail'>[] }) {
  return onBus.map(({ detailType, detail }) => {
    const { metadata, conversation, gap, bridge } = Detail.parse(JSON.parse(detail));
    return { detailType, name: metadata?.CorrelationId, conversation, gap, ...bridge };
  });
}

/** The same, each event once, as a consumer sees it that remembers ids. */
export function firstEventsOf(shard: Pick<Shard, 'onBus'>) {
  const seen = new Set<string>();
  return eventsOf(shard).filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId));
}

/** The gaps that were told, by what was said of them. */
export function gapsOf(shard: Pick<Shard, 'onBus'>) {
  const told = firstEventsOf(shard);
  const ids = (kind: string) =>
    told.flatMap(({ detailType, gap }) => (detailType === kind && gap ? [gap.id] : []));
  return { detected: ids('Bridge Gap Detected'), closed: ids('Bridge Gap Closed') };
}
