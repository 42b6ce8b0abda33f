import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { EventAssembler } from '../contract/assemble.ts';
import { normaliseSnapshot } from '../contract/normalise.ts';
import type { RestConversation } from '../contract/rest-conversation.ts';
import { carriersOf } from '../contract/routing.ts';
import type { DialectName } from '../genesys/session/dialect.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AcceptedChanges } from './accepted-changes.ts';
import type { EventContexts } from './event-contexts.ts';

export interface ConversationsOptions {
  readonly assembler: EventAssembler;
  readonly changes: Pick<AcceptedChanges, 'add'>;
  readonly contexts: Pick<EventContexts, 'next'>;
  readonly dialect: DialectName;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether a topic, by its full name, is subscribed to. */
  readonly subscribedTo: (topic: string) => boolean;
  /** Whether this listener publishes now. */
  readonly isPublishing: () => boolean;
}

/** What is known of conversations, for whoever asks what became of them, and what comes of asking. */
export class Conversations {
  readonly #options: ConversationsOptions;

  constructor(options: ConversationsOptions) {
    this.#options = options;
  }

  /** Those that have not ended, as far as is known; the one last heard of first. */
  openIds(): string[] {
    return this.#options.assembler.openConversationIds();
  }

  /**
   * Of a conversation of which the end has been accepted, and not in a term that was lost: when it ended, milliseconds since the
   * Unix epoch; -Infinity where nobody told when.
   */
  knownEndOf(id: string): number | undefined {
    const { assembler } = this.#options;
    const { open, revision } = assembler.positionOf(id) ?? {};
    if (open !== false || revision === undefined) return undefined;
    return assembler.endOf(id) ?? Number.NEGATIVE_INFINITY;
  }

  /** Changes with each whole snapshot that is accepted. */
  wholeVersionOf(id: string): number | undefined {
    return this.#options.assembler.wholeVersionOf(id);
  }

  /** Changes with whatever is accepted. */
  countOf(id: string): number | undefined {
    return this.#options.assembler.positionOf(id)?.version;
  }

  /**
   * Publishes one that was asked for, if it says anything new.
   * @returns `foreign` when no subscribed topic would bring it, `unavailable` when nothing can be made of it
   */
  backfill(
    id: string,
    conversation: RestConversation,
  ): 'backfilled' | 'unchanged' | 'foreign' | 'unavailable' {
    const { assembler, changes, contexts, dialect, subscribedTo, isPublishing, clock } = this.#options;
    if (normaliseSnapshot(conversation.body, undefined) === undefined) return this.#unknown(id);
    const carriers = carriersOf(conversation.body, dialect);
    const carrier = carriers.find(({ subscriptions }) => subscriptions.some(subscribedTo));
    if (carrier === undefined) return 'foreign';
    const { topicName } = carrier;
    if (!isPublishing()) return 'unchanged';
    const accepted = assembler.acceptBackfilled(conversation, topicName, contexts.next(clock.now()));
    if (accepted === undefined) return 'unchanged';
    changes.add(accepted, { topics: [topicName], receivedAtMs: clock.monotonic(), lagMs: undefined });
    return 'backfilled';
  }

  #unknown(id: string): 'unavailable' {
    const { logger, metrics } = this.#options;
    metrics.count('BodiesUnknown');
    logger.error(
      { conversationId: id },
      'a conversation was answered in no shape that is known; what has changed in it is not told',
    );
    return 'unavailable';
  }
}
