import type { Cause } from './cause.ts';

const subscription = (title: string, explanation: string, toldBy: string, fix: readonly string[]): Cause => ({
  title,
  explanation,
  toldBy: `${toldBy}, in the bytes that are sent`,
  fix: [
    ...fix,
    'Let the message be checked before it is sent: `conversation-bridge lint-subscription FILE`.',
  ],
  dialects: ['org-socket'],
  group: 'The subscription',
});

/** What can be wrong with the subscribe message of the org socket. */
export const SUBSCRIPTION_CAUSES = {
  'subscribe-duplicate-key': subscription(
    'The subscription has a key twice',
    'A JSON parser keeps the last of two equal keys and says nothing, so the message looks right in a debugger and is another one on the wire. The server cuts the connection after it has acknowledged.',
    'two equal keys in one object',
    [
      'Keep one of the two. If both are meant, they are different things: `id` names the subscription, `filter.entities` the conversations.',
    ],
  ),
  'subscribe-no-filter': subscription(
    'The subscription has no filter',
    'The `filter` says what is to be received, and is mandatory. Event types at the top of the message are not looked for.',
    'no `filter` with `eventTypes`',
    ['Add `"filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}`.'],
  ),
  'subscribe-no-id': subscription(
    'The subscription has no id',
    'The `id` names the subscription; confirmations and events carry it. Without one the server cuts the connection.',
    'no `id`, or one that is no text',
    ['Add an `id`, any text: `"id":"ws-sub-001"`.'],
  ),
  'subscribe-no-type': subscription(
    'The subscription has no type',
    'The `type` tells the server what the message is. Without `"type":"subscribe"` it is no subscription.',
    'no `type`, or another than `subscribe`',
    ['Add `"type":"subscribe"`.'],
  ),
  'subscribe-bad-event-type': subscription(
    'The event type does not exist',
    'Event types are paths with colons, such as `conversation:conversation:updated`. Names of other interfaces, with dots or without the first part, are not known here.',
    'an entry of `filter.eventTypes` that is no known path',
    ['Write the path exactly: `conversation:conversation:updated`.'],
  ),
  'subscribe-raw-string': subscription(
    'The subscription is a string',
    'The message is text around JSON, not JSON: it was turned into text twice, or it is plain text. The server wants an object.',
    'a JSON string, or no JSON at all',
    ['Call `JSON.stringify` once, on the object.', 'Send the result as it is, as a text frame.'],
  ),
  'subscribe-empty': subscription(
    'The subscription is empty',
    'An empty message went out. Often a template or a variable had no value.',
    'no bytes, or only blanks',
    ['Find out where the text of the message gets lost.'],
  ),
  'subscribe-malformed': subscription(
    'The subscription is not valid',
    'The message is no valid JSON (a comment, a comma too many, single quotes, a byte-order mark), or its members have the wrong types. What a lenient parser forgives, a strict server refuses.',
    'the place where it stops being what the server expects',
    [
      'Correct the places that are named above.',
      'Build the message as an object and let `JSON.stringify` write it.',
    ],
  ),
} as const satisfies Record<string, Cause>;
