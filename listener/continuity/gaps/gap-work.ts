import type { GapClosed, GapDetected } from '../../contract/gap-event.ts';
import type { RestConversation } from '../../contract/rest-conversation.ts';
import type { GenesysApi } from '../../genesys/api.ts';

/** What closing a gap needs of the rest of the bridge. */
export interface GapWork {
  /** See `narrowerGate` for how to leave room for the session's calls. */
  readonly api: Pick<GenesysApi, 'conversation' | 'conversationsBetween'>;
  /** The conversations known to be open, newest first. */
  openConversations(): readonly string[];
  /**
   * Changes with each whole snapshot of the conversation that is accepted, notified or not; undefined when there was
   * none. Parts of a conversation, or one medium of it, must not count: they would be taken for all there is to know.
   */
  versionOf(id: string): number | undefined;
  /** Changes with whatever of the conversation is accepted; undefined when nothing was. */
  countOf(id: string): number | undefined;
  /**
   * Of a conversation of which the end has been accepted: when it ended, milliseconds since the Unix epoch; -Infinity where
   * nobody told when.
   */
  knownEndOf(id: string): number | undefined;
  /**
   * Publishes a conversation if it differs from what was accepted last.
   * @returns `foreign` when no subscribed topic would bring it, `unavailable` when nothing can be made of it
   */
  backfill(
    id: string,
    conversation: RestConversation,
  ): 'backfilled' | 'unchanged' | 'foreign' | 'unavailable';
  /**
   * Publishes an event about a gap.
   * @param settled called when it is on the bus or parked
   */
  announce(event: GapDetected | GapClosed, settled?: () => void): void;
  /** Asks for a sign of life of the socket. @returns whether one came within `ms` milliseconds */
  showsLife(ms: number): Promise<boolean>;
  /** The oldest receipt of what is neither on the bus nor parked, milliseconds since the Unix epoch. */
  readonly oldestUnsettled: number | undefined;
}
