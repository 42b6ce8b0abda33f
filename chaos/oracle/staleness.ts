import type { SeenEvent } from './records.ts';

/** What a consumer goes by who keeps the newest state of each conversation. */
export type Rule = 'sequence' | 'version';

/** A conversation of which consumers believe something else than what is true. */
export interface StaleConversation {
  readonly conversationId: string;
  /** Which consumers. */
  readonly by: Rule;
  /** `stateOf` what was last published by that; undefined when nothing was, or it could not be read. */
  readonly published: string | undefined;
  readonly truth: string;
  readonly lastSequence: string | undefined;
  readonly lastEventId: string | undefined;
}

export const RULES = ['sequence', 'version'] as const satisfies readonly Rule[];

/** Whether a consumer who has the one puts the other in its place. The contract says how to go by the version. */
export const REPLACES: Readonly<Record<Rule, (event: SeenEvent, stored: SeenEvent) => boolean>> = {
  sequence: (event, stored) => event.sequence > stored.sequence,
  version: (event, stored) => {
    if (event.version === stored.version || event.beginsAnew) return event.sequence > stored.sequence;
    return event.version > stored.version;
  },
};

/**
 * The conversations whose newest published state is not the true one, each once.
 * @param events in the order of arrival
 */
export function staleConversations(
  truth: ReadonlyMap<string, string>,
  events: readonly SeenEvent[],
): readonly StaleConversation[] {
  const stale = new Map<string, StaleConversation>();
  for (const by of RULES) {
    const stored = new Map<string, SeenEvent>();
    for (const event of events) {
      const before = stored.get(event.conversationId);
      if (before === undefined || REPLACES[by](event, before)) stored.set(event.conversationId, event);
    }
    for (const [conversationId, state] of truth) {
      const { state: published, sequence, eventId } = stored.get(conversationId) ?? {};
      if (published === state || stale.has(conversationId)) continue;
      stale.set(conversationId, {
        conversationId,
        by,
        published,
        truth: state,
        lastSequence: sequence,
        lastEventId: eventId,
      });
    }
  }
  return [...stale.values()];
}
