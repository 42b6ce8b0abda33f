import type { Fault } from './fault.ts';

const badPayload = (id: string, title: string, payload: string, causes: readonly string[] = [id]): Fault => ({
  id,
  title,
  plays: payload === '' ? 'the client sends an empty message' : `the client sends ${payload}`,
  dialects: ['org-socket'],
  moments: ['subscribe'],
  expectedCauses: causes,
  playedBy: 'client-environment',
  start: (stage) => {
    stage.payload = payload;
    return () => undefined;
  },
});

/** Subscribe messages of the org socket that look right to their authors. */
export const SUBSCRIPTION_FAULTS: readonly Fault[] = [
  badPayload(
    'subscribe-duplicate-key',
    'The subscription has a key twice',
    '{"id":"ws-sub-001","type":"subscribe","id":"ws-sub-002","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}',
  ),
  badPayload(
    'subscribe-no-filter',
    'The subscription has no filter',
    '{"id":"ws-sub-001","type":"subscribe","eventTypes":["conversation:conversation:updated"]}',
  ),
  badPayload(
    'subscribe-no-id',
    'The subscription has no id',
    '{"type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}',
  ),
  badPayload(
    'subscribe-no-type',
    'The subscription has no type',
    '{"id":"ws-sub-001","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}',
  ),
  badPayload(
    'subscribe-bad-event-type',
    'The event type does not exist',
    '{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation.updated"],"entities":[]}}',
  ),
  badPayload(
    'subscribe-raw-string',
    'The subscription is a string',
    '"{\\"id\\":\\"ws-sub-001\\",\\"type\\":\\"subscribe\\",\\"filter\\":{\\"eventTypes\\":[\\"conversation:conversation:updated\\"],\\"entities\\":[]}}"',
  ),
  badPayload('subscribe-empty', 'The subscription is empty', ''),
  badPayload(
    'subscribe-malformed',
    'The subscription is not valid JSON',
    '{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[],}}',
  ),
  badPayload(
    'subscribe-three-faults',
    'The subscription has three faults in one line',
    '{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}',
    ['subscribe-duplicate-key', 'subscribe-no-filter', 'subscribe-no-type'],
  ),
];
