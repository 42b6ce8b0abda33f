import type { Conversation } from './conversation.ts';
import type { Leg } from './leg.ts';
import { ALL_MEDIA, MEDIA, type Media } from './media.ts';

/** A conversation as `GET /api/v2/conversations/{id}` answers it (model `Conversation`), as plain data. */
export interface RestConversation {
  readonly id: string;
  readonly startTime: string;
  readonly endTime: string | undefined;
  readonly participants: readonly object[];
  readonly conversationIds: readonly string[];
  readonly recordingState: string;
  readonly state: string;
  readonly divisions: readonly object[];
  readonly recentTransfers: readonly object[];
  readonly selfUri: string;
}

/** The true present state. A copy: later updates do not change it. */
export function restConversation(conversation: Conversation): RestConversation {
  return structuredClone({
    id: conversation.id,
    startTime: conversation.startTime,
    endTime: conversation.endTime,
    participants: conversation.legs.map(restParticipant),
    conversationIds: [],
    recordingState: conversation.recordingState.toUpperCase(),
    state: conversation.legs.some((leg) => leg.live) ? 'connected' : 'disconnected',
    divisions: conversation.divisions(),
    recentTransfers: conversation.transfers,
    selfUri: `/api/v2/conversations/${conversation.id}`,
  });
}

/** Fields of a session that notifications have and REST has not. */
const ABSENT: Readonly<Partial<Record<Media, readonly string[]>>> = {
  cobrowseSessions: ['roomId'],
  screenshares: ['self'],
  socialexpressions: ['initialState'],
};

function restParticipant(leg: Leg): object {
  const { id, wrapupExpected: _wrapupExpected, ...rest } = leg.participant;
  const sessions: Record<string, object[]> = {};
  for (const media of ALL_MEDIA) {
    const session = leg.sessions.get(media);
    const absent = ABSENT[media] ?? [];
    if (session) {
      const fields = Object.entries(session).filter(([field]) => !absent.includes(field));
      sessions[MEDIA[media].array] = [Object.fromEntries(fields)];
    }
  }
  return { id, startTime: leg.startTime, ...rest, ...sessions };
}
