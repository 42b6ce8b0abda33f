import type { ConversationState, MediaType } from './vocabulary.ts';

/** One participant, with all its legs come down to the one that counts most. */
export interface Participant {
  readonly id: string;
  /** As Genesys Cloud says it: `customer`, `agent`, `acd`, `ivr`, … */
  readonly purpose?: string;
  /** The state of the leg, lower case; `disconnected` once the leg or the participant has ended. */
  readonly state?: string;
  readonly mediaType?: MediaType;
  readonly direction?: string;
  readonly userId?: string;
  readonly queueId?: string;
  /** Only while the leg lives. */
  readonly held?: boolean;
  /** Only while the leg lives. */
  readonly muted?: boolean;
  readonly disconnectType?: string;
  readonly wrapup?: 'pending' | 'completed';
}

/** A conversation, or what one notification says of it, in one form for all shapes. Absent is not known. */
export interface Snapshot {
  readonly id: string;
  readonly state?: ConversationState;
  /** Of one that has ended: when, as far as the participants tell. Milliseconds since the Unix epoch. It is no part of the state. */
  readonly endedAt?: number;
  readonly mediaTypes: readonly MediaType[];
  readonly direction?: string;
  /** Every queue so far, in order of appearance. */
  readonly queueIds: readonly string[];
  /** Every agent (or other user of the organisation) so far, in order of appearance. */
  readonly agentIds: readonly string[];
  readonly participants: readonly Participant[];
  /**
   * What the participants don't tell: their other legs, and the codes of their wrap-ups, a line each. It counts when states
   * are compared, and is in no event.
   */
  readonly aside?: readonly string[];
}
