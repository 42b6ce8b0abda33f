/** The media types of a conversation, by the name of the topic that carries them alone. */
export type Media =
  | 'calls'
  | 'callbacks'
  | 'chats'
  | 'cobrowseSessions'
  | 'emails'
  | 'messages'
  | 'screenshares'
  | 'socialexpressions'
  | 'videos';

export type Direction = 'inbound' | 'outbound';

export interface MediaKind {
  /** The array that holds it in a participant of a whole conversation (fields of `ConversationEventTopicParticipant`). */
  readonly array: string;
  /** Its name in detail events and in URIs of the REST API. */
  readonly detail: string;
  readonly provider: string;
  readonly canHold: boolean;
  /** Comes in through an IVR (`ivr`) or another kind of flow (`workflow`). */
  readonly flowPurpose: 'ivr' | 'workflow';
  readonly flowType: string;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  /** How many in a hundred are started by an agent. */
  readonly outboundPercent: number;
}

function kind(
  array: string,
  detail: string,
  provider: string,
  flowType: string,
  weight: number,
  outboundPercent: number,
): MediaKind {
  const canHold = !['COBROWSE', 'SCREENSHARE', 'VIDEO'].includes(detail);
  const flowPurpose = detail === 'VOICE' ? 'ivr' : 'workflow';
  return { array, detail, provider, canHold, flowPurpose, flowType, weight, outboundPercent };
}

/** In the order in which a participant lists them. */
export const MEDIA: Readonly<Record<Media, MediaKind>> = {
  calls: kind('calls', 'VOICE', 'Edge', 'INBOUNDCALL', 40, 20),
  callbacks: kind('callbacks', 'CALLBACK', 'PureCloud Callback', 'INBOUNDCALL', 10, 0),
  chats: kind('chats', 'CHAT', 'PureCloud Webchat v2', 'INBOUNDCHAT', 10, 0),
  cobrowseSessions: kind('cobrowsesessions', 'COBROWSE', 'PureCloud Cobrowse', 'WORKFLOW', 4, 0),
  emails: kind('emails', 'EMAIL', 'PureCloud Email', 'INBOUNDEMAIL', 10, 20),
  messages: kind('messages', 'MESSAGE', 'PureCloud Messaging', 'INBOUNDSHORTMESSAGE', 12, 20),
  screenshares: kind('screenshares', 'SCREENSHARE', 'PureCloud Screenshare', 'WORKFLOW', 4, 0),
  // Detail events have no media type of their own for it.
  socialexpressions: kind('socialExpressions', 'UNKNOWN', 'PureCloud Social', 'WORKFLOW', 4, 0),
  videos: kind('videos', 'VIDEO', 'PureCloud Video', 'WORKFLOW', 6, 0),
};

export const ALL_MEDIA = Object.keys(MEDIA).filter((name): name is Media => name in MEDIA);
