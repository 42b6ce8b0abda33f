import { type NotificationFrame, type ParsedFrame, parseObject, untitled } from './frame.ts';
import { scanMembers } from './json-members.ts';
import { ALL_CONVERSATIONS_TOPIC } from './topic.ts';

/** The event type whose `data` is a whole conversation, in the shape of the Notifications API. */
export const CONVERSATION_UPDATED = 'conversation:conversation:updated';

/** The version of Genesys Cloud's envelope that consumers know; the org socket's own envelope has none. */
const ENVELOPE_VERSION = '2';

/**
 * Parses one text frame from the org socket. Never throws.
 *
 * An event is put into the envelope of the Notifications API, so that consumers read one form: `eventBody` is
 * `data` byte for byte, `metadata` holds every other member as it came, and `topicName` is the event type, but
 * for conversations `v2.conversations`. Everything else is untitled.
 */
export function parseOrgSocketFrame(text: string): ParsedFrame {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') return parsed;
  const { value } = parsed;
  if (!isEvent(value)) return untitled(text, value);
  const eventType = eventTypeOf(value);
  if (eventType === undefined)
    return { kind: 'refused', code: 'MalformedTopic', message: 'The event type of the frame is not a name' };
  return inEnvelope(text, topicOf(eventType), 'data' in value ? value.data : undefined);
}

/** By its type; a message of no type is one if it names an event type. */
function isEvent(value: object): boolean {
  if ('type' in value) return typeof value.type === 'string' && value.type.toLowerCase() === 'event';
  return 'event_type' in value || 'eventType' in value;
}

function eventTypeOf(value: object): string | undefined {
  const name = 'event_type' in value ? value.event_type : 'eventType' in value ? value.eventType : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function topicOf(eventType: string): string {
  return eventType.toLowerCase() === CONVERSATION_UPDATED ? ALL_CONVERSATIONS_TOPIC : eventType;
}

function inEnvelope(text: string, topicName: string, eventBody: unknown): NotificationFrame {
  // Of two members alike the last stays, as `JSON.parse` has it.
  const members = new Map<string, string>();
  for (const { key, valueStart, valueEnd } of scanMembers(text))
    members.set(key, text.slice(valueStart, valueEnd));
  const bodyText = members.get('data') ?? '';
  members.delete('data');
  let metadata = '';
  for (const [key, value] of members) metadata += `${metadata && ','}${JSON.stringify(key)}:${value}`;
  const body = bodyText === '' ? '' : `"eventBody":${bodyText},`;
  return {
    kind: 'notification',
    text: `{"topicName":${JSON.stringify(topicName)},"version":"${ENVELOPE_VERSION}",${body}"metadata":{${metadata}}}`,
    topicName,
    eventBody,
    bodyText,
    rewrite: undefined,
  };
}
