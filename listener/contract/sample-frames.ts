import type { RestConversation } from './rest-conversation.ts';

/** A frame as Genesys Cloud would send it, and what it shows. */
export interface SampleFrame {
  readonly name: string;
  readonly text: string;
}

const QUEUE = '5d1c0f6e-64a3-4a0c-9d5b-0d6c1a2b3c4d';
const AGENT = '0f9a7c1e-2b3d-4e5f-8a9b-1c2d3e4f5a6b';
const CALL = '11111111-aaaa-4bbb-8ccc-000000000001';
const EMAIL = '11111111-aaaa-4bbb-8ccc-000000000002';
const CALLBACK = '11111111-aaaa-4bbb-8ccc-000000000003';
const BACKFILLED = '11111111-aaaa-4bbb-8ccc-000000000004';

const participantId = (n: number) => `22222222-aaaa-4bbb-8ccc-00000000000${n}`;
const at = (second: number) => `2026-01-05T09:00:${String(second).padStart(2, '0')}.000Z`;

type Fields = Readonly<Record<string, unknown>>;

function leg(state: string, more: Fields = {}): Fields {
  return { state, direction: 'inbound', held: false, muted: false, provider: 'Edge', ...more };
}

const over = (second: number, disconnectType: string): Fields =>
  leg('disconnected', { disconnectType, disconnectedTime: at(second) });

const customer = (call: Fields): Fields => ({
  id: participantId(1),
  purpose: 'customer',
  connectedTime: at(0),
  calls: [call],
});

const ivr = (call: Fields): Fields => ({
  id: participantId(2),
  purpose: 'ivr',
  connectedTime: at(0),
  calls: [call],
});

const acd = (call: Fields): Fields => ({
  id: participantId(3),
  purpose: 'acd',
  connectedTime: at(5),
  queueId: QUEUE,
  calls: [call],
});

const agent = (call: Fields, more: Fields = {}): Fields => ({
  id: participantId(4),
  purpose: 'agent',
  userId: AGENT,
  queueId: QUEUE,
  wrapupRequired: true,
  calls: [call],
  ...more,
});

const connected = leg('connected');
const answered = [ivr(over(5, 'transfer')), acd(over(12, 'transfer'))];
const pending = { afterCallWork: { state: 'pending', startTime: at(40) } };
const complete = { afterCallWork: { state: 'complete', startTime: at(40), endTime: at(55) } };

/** The life of an inbound call, snapshot by snapshot, as a queue's topic tells it. */
const CALL_STORY: readonly (readonly [name: string, participants: readonly Fields[]])[] = [
  ['call in the flow', [customer(connected), ivr(connected)]],
  ['call queued', [customer(connected), ivr(over(5, 'transfer')), acd(connected)]],
  ['call alerting', [customer(connected), ivr(over(5, 'transfer')), acd(connected), agent(leg('alerting'))]],
  ['call connected', [customer(connected), ...answered, agent(connected)]],
  ['call held', [customer(connected), ...answered, agent(leg('connected', { held: true }))]],
  ['call retrieved', [customer(connected), ...answered, agent(connected)]],
  [
    'call in wrap-up',
    [
      customer(over(40, 'peer')),
      ...answered,
      agent({ ...over(40, 'client'), ...pending }, { endTime: at(40) }),
    ],
  ],
  [
    'call ended',
    [
      customer(over(40, 'peer')),
      ...answered,
      agent({ ...over(40, 'client'), ...complete }, { endTime: at(40) }),
    ],
  ],
];

function frame(name: string, topicName: string, eventBody: unknown): SampleFrame {
  const metadata = { CorrelationId: '33333333-aaaa-4bbb-8ccc-000000000001' };
  return { name, text: JSON.stringify({ topicName, version: '2', eventBody, metadata }) };
}

/** A call that was answered while nobody listened, as REST tells it, and the topic by which it would have come. */
export function sampleBackfill(): RestConversation & { readonly name: string; readonly topicName: string } {
  const body = {
    id: BACKFILLED,
    startTime: at(11),
    participants: [customer(connected), ...answered, agent(connected)],
    recordingState: 'NONE',
    selfUri: `/api/v2/conversations/${BACKFILLED}`,
  };
  const topicName = `v2.routing.queues.${QUEUE}.conversations`;
  return { name: 'call connected, backfilled after a gap', topicName, text: JSON.stringify(body), body };
}

/** One frame for each kind of notification, in the order in which they would come. */
export function sampleFrames(): SampleFrame[] {
  const queueTopic = `v2.routing.queues.${QUEUE}.conversations`;
  const detail = {
    conversationId: CALL,
    participantId: participantId(3),
    mediaType: 'VOICE',
    queueId: QUEUE,
  };
  return [
    ...CALL_STORY.map(([name, participants]) =>
      frame(name, queueTopic, { id: CALL, participants, recordingState: 'none' }),
    ),
    frame('email alerting, by the topic of one medium', `v2.users.${AGENT}.conversations.emails`, {
      id: EMAIL,
      participants: [
        { id: participantId(1), purpose: 'customer', state: 'connected', direction: 'inbound' },
        { id: participantId(2), purpose: 'acd', state: 'connected', queue: { id: QUEUE } },
        {
          id: participantId(3),
          purpose: 'agent',
          state: 'alerting',
          user: { id: AGENT },
          queue: { id: QUEUE },
        },
      ],
    }),
    frame('callback scheduled', `${queueTopic}.callbacks`, {
      id: CALLBACK,
      participants: [
        { id: participantId(1), purpose: 'customer', state: 'scheduled', queue: { id: QUEUE } },
        { id: participantId(2), purpose: 'acd', state: 'scheduled', queue: { id: QUEUE } },
      ],
    }),
    frame('detail event: queue entered', `v2.detail.events.conversation.${CALL}.acd.start`, {
      eventTime: Date.parse(at(5)),
      direction: 'INBOUND',
      ...detail,
    }),
    frame('detail event: after-call work done', `v2.detail.events.conversation.${CALL}.acw`, {
      eventTime: Date.parse(at(55)),
      direction: 'INBOUND',
      ...detail,
      participantId: participantId(4),
      userId: AGENT,
      wrapupDurationMs: 15_000,
    }),
    frame('activity of a user', `v2.users.${AGENT}.activity`, {
      id: AGENT,
      routingStatus: { id: AGENT, status: 'IDLE', startTime: at(0) },
      presence: { presenceDefinition: { systemPresence: 'ON_QUEUE' } },
    }),
    frame('conversation of an unknown shape', queueTopic, { id: CALL, people: [] }),
  ];
}
