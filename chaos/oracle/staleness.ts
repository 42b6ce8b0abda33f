import type { SeenEvent } from './records.ts';

/** A conversation of which consumers believe something else than what is true. */
export interface StaleConversation {
  readonly conversationId: string;
  /** `stateOf` what was last published by sequence; undefined when nothing was, or it could not be read. */
  readonly published: string | undefined;
  readonly truth: string;
  readonly lastSequence: string | undefined;
  readonly lastEventId: string | undefined;
}

/** The conversations whose last published state is not the true one. */
export function staleConversations(
  truth: ReadonlyMap<string, string>,
  events: readonly SeenEvent[],
): readonly StaleConversation[] {
  const last = new Map<string, SeenEvent>();
  for (const event of events) {
    const before = last.get(event.conversationId);
    if (before === undefined || event.sequence > before.sequence) last.set(event.conversationId, event);
  }
  return [...truth].flatMap(([conversationId, state]) => {
    const event = last.get(conversationId);
    if (event?.state === state) return [];
    return {
      conversationId,
      published: event?.state,
      truth: state,
      lastSequence: event?.sequence,
      lastEventId: event?.eventId,
    };
  });
}
