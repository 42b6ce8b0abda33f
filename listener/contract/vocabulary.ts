/** The `source` of every event. PutEvents refuses sources that begin with `aws.`. */
export const SOURCE = 'conversation-bridge';

/** The version of the contract, in `detail.bridge.contractVersion`. It changes when a consumer would break. */
export const CONTRACT_VERSION = '1';

export const DETAIL_TYPES = {
  conversationUpdated: 'Conversation Updated',
  notificationReceived: 'Notification Received',
  bridgeConnectionChanged: 'Bridge Connection Changed',
  gapDetected: 'Bridge Gap Detected',
  gapClosed: 'Bridge Gap Closed',
} as const;

/** What `conversation.state` can be, each with its meaning. Which one wins is in `state.ts`. */
export const CONVERSATION_STATES = {
  scheduled: 'A callback waits for its time; nobody is being reached yet.',
  dialing: 'The customer, or an agent on an outbound conversation, is being reached.',
  flow: 'An IVR, bot, workflow or voicemail is at work.',
  queued: 'The conversation waits in a queue.',
  alerting: 'It is offered to an agent who has not answered.',
  connected: 'An agent is connected and not on hold, or the customer is with an external party.',
  held: 'Every connected agent is on hold.',
  wrapup: 'Nobody is left but the customer, if anyone, and after-call work is pending.',
  ended: 'Nobody is left and no after-call work is pending.',
} as const;

export type ConversationState = keyof typeof CONVERSATION_STATES;

/** What `conversation.changes` can hold, each with its meaning, in the order in which they are listed. */
export const CHANGES = {
  unknown: 'What changed cannot be told: there is no last snapshot, or the topic does not say.',
  'flow.entered': 'An IVR, bot, workflow or voicemail took the conversation.',
  'flow.left': 'An IVR, bot, workflow or voicemail let it go.',
  'queue.entered': 'The conversation began to wait in a queue.',
  'queue.left': 'It no longer waits in that queue, answered or not.',
  'customer.connected': 'The customer (or other far party) was connected.',
  'customer.held': 'The leg of the customer (or other far party) was put on hold.',
  'customer.retrieved': 'The leg of the customer (or other far party) was taken off hold.',
  'customer.ended': 'The leg of the customer (or other far party) ended.',
  'agent.alerting': 'The conversation was offered to an agent.',
  'agent.connected': 'An agent was connected.',
  'agent.held': 'An agent went on hold.',
  'agent.retrieved': 'An agent came back from hold.',
  'agent.muted': 'An agent was muted.',
  'agent.unmuted': 'An agent was unmuted.',
  'agent.transferred': 'The leg of a connected agent ended by a transfer. `agent.ended` is there too.',
  'agent.ended': 'The leg of an agent ended, answered or not.',
  'agent.wrapup': 'The after-call work of an agent began.',
  'agent.wrapup.completed': 'The after-call work of an agent was completed.',
  'conversation.ended': 'The state of the whole conversation became `ended`.',
} as const;

export type Change = keyof typeof CHANGES;

const CHANGE_ORDER = Object.keys(CHANGES);

/** Changes in the order of the vocabulary, each once. */
export function inVocabularyOrder(changes: Iterable<Change>): Change[] {
  return [...new Set(changes)].sort((a, b) => CHANGE_ORDER.indexOf(a) - CHANGE_ORDER.indexOf(b));
}

/** What `mediaTypes` can hold, in the order in which they are listed. */
export const MEDIA_TYPES = [
  'voice',
  'callback',
  'chat',
  'email',
  'message',
  'internalmessage',
  'cobrowse',
  'screenshare',
  'screenmonitoring',
  'video',
  'social',
] as const;

export type MediaType = (typeof MEDIA_TYPES)[number];

/** The state of the bridge's connection, in `Bridge Connection Changed`. */
export const CONNECTION_STATES = [
  'idle',
  'authenticating',
  'connecting',
  'subscribing',
  'live',
  'handing-over',
  'closing',
  'backing-off',
  'stopped',
] as const;

/** How the bridge speaks with Genesys Cloud. */
export const DIALECTS = ['channels', 'org-socket'] as const;

export type Dialect = (typeof DIALECTS)[number];
