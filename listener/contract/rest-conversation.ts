import type { NotificationFrame } from './frame.ts';

/** A conversation as REST answered it. */
export interface RestConversation {
  /** The answer as received. */
  readonly text: string;
  /** The same, parsed. */
  readonly body: unknown;
}

/** The version of Genesys Cloud's envelope that consumers know. */
const ENVELOPE_VERSION = '2';

/** Puts a conversation into the envelope of a notification, its text byte for byte, so that consumers read one form. */
export function frameOfConversation({ text, body }: RestConversation, topicName: string): NotificationFrame {
  return {
    kind: 'notification',
    text: `{"topicName":${JSON.stringify(topicName)},"version":"${ENVELOPE_VERSION}","eventBody":${text},"metadata":{}}`,
    topicName,
    eventBody: body,
    bodyText: text,
    rewrite: undefined,
  };
}
