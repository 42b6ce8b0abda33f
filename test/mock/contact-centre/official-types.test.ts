import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';

const Fields = z.record(z.string(), z.unknown());

/** The types that Genesys's SDK declares: for each interface, its fields and their types as text. */
const INTERFACES = new Map<string, Map<string, string>>();
const declarations = readFileSync(
  createRequire(import.meta.url).resolve('purecloud-platform-client-v2/index.d.ts'),
  'utf8',
);
for (const [, name = '', body = ''] of declarations.matchAll(/interface (\w+) \{(.*?)\n\t\}/gs)) {
  const fields = [...body.matchAll(/"(\w+)"\??: (.*);/g)];
  INTERFACES.set(name, new Map(fields.map(([, field = '', type = '']) => [field, type])));
}

/** Seen in real notifications, though not in the types. */
const IN_REAL_BODIES = new Set(['additionalProperties', 'AgentActivityChangedTopicRoutingStatus.id']);

/** Paths in a value that the named interface does not know, or knows as another type. */
function strangers(value: unknown, type: string, path: string): string[] {
  const element = /^Array<(.*)>$/.exec(type)?.[1];
  if (element !== undefined) {
    return Array.isArray(value) ? value.flatMap((each) => strangers(each, element, `${path}[]`)) : [path];
  }
  const model = /^Models\.(\w+)$/.exec(type)?.[1];
  if (model === undefined)
    return ['string', 'number', 'boolean'].includes(type) && typeof value !== type ? [path] : [];
  const fields = INTERFACES.get(model);
  const parsed = Fields.safeParse(value);
  if (!fields || !parsed.success) return [`${path} is no ${model}`];
  return Object.entries(parsed.data).flatMap(([field, inner]) => {
    if (IN_REAL_BODIES.has(field) || IN_REAL_BODIES.has(`${model}.${field}`)) return [];
    const innerType = fields.get(field);
    return innerType === undefined ? [`${path}.${field}`] : strangers(inner, innerType, `${path}.${field}`);
  });
}

const MEDIA_TYPES = {
  calls: 'ConversationCallEventTopicCallConversation',
  callbacks: 'ConversationCallbackEventTopicCallbackConversation',
  chats: 'ConversationChatEventTopicChatConversation',
  cobrowseSessions: 'ConversationCobrowseEventTopicCobrowseConversation',
  emails: 'ConversationEmailEventTopicEmailConversation',
  messages: 'ConversationMessageEventTopicMessageConversation',
  screenshares: 'ConversationScreenShareEventTopicScreenShareConversation',
  socialexpressions: 'ConversationSocialExpressionEventTopicSocialConversation',
  videos: 'ConversationVideoEventTopicVideoConversation',
};

const TYPES: Readonly<Record<string, string>> = {
  'v2.routing.queues.{id}.conversations': 'QueueConversationEventTopicConversation',
  'v2.users.{id}.conversations': 'ConversationEventTopicConversation',
  'v2.users.{id}.presence': 'PresenceEventUserPresence',
  'v2.users.{id}.routingStatus': 'UserRoutingStatusUserRoutingStatus',
  'v2.users.{id}.activity': 'AgentActivityChangedTopicAgentActivity',
  'v2.users.{id}.conversationsummary': 'UserConversationsEventUserConversationSummary',
  'v2.detail.events.conversation.{id}.customer.start': 'CustomerStartDetailEventTopicCustomerStartEvent',
  'v2.detail.events.conversation.{id}.customer.end': 'CustomerEndDetailEventTopicCustomerEndEvent',
  'v2.detail.events.conversation.{id}.flow.start': 'FlowStartDetailEventTopicFlowStartEvent',
  'v2.detail.events.conversation.{id}.flow.end': 'FlowEndDetailEventTopicFlowEndEvent',
  'v2.detail.events.conversation.{id}.flow.outcome': 'FlowOutcomeDetailEventTopicFlowOutcomeEvent',
  'v2.detail.events.conversation.{id}.acd.start': 'AcdStartDetailEventTopicAcdStartEvent',
  'v2.detail.events.conversation.{id}.acd.end': 'AcdEndDetailEventTopicAcdEndEvent',
  'v2.detail.events.conversation.{id}.user.start': 'UserStartDetailEventTopicUserStartEvent',
  'v2.detail.events.conversation.{id}.user.end': 'UserEndDetailEventTopicUserEndEvent',
  'v2.detail.events.conversation.{id}.acw': 'AcwDetailEventTopicAfterCallWorkEvent',
  'v2.detail.events.conversation.{id}.wrapup': 'WrapupDetailEventTopicWrapupEvent',
  'v2.detail.events.conversation.{id}.attributes': 'AttributeDetailEventTopicAttributeUpdateEvent',
  ...Object.fromEntries(
    Object.entries(MEDIA_TYPES).flatMap(([media, type]) => [
      [`v2.users.{id}.conversations.${media}`, type],
      [
        `v2.routing.queues.{id}.conversations.${media}`,
        media === 'videos'
          ? 'QueueConversationVideoEventTopicConversation'
          : media === 'socialexpressions'
            ? 'QueueConversationSocialExpressionEventTopicConversation'
            : `Queue${type}`,
      ],
    ]),
  ),
};

describe("held against the types of Genesys's own SDK", () => {
  it('no notification has a field that its type does not know', () => {
    const centre = new ContactCentre({ seed: 9, clock: new ManualClock() });
    const found = new Set<string>();
    const seen = new Set<string>();
    centre.on('change', ({ notifications }) => {
      for (const { topicName, body } of notifications) {
        const pattern = topicName.replace(/[\da-f]{8}-[\da-f-]{27}/, '{id}');
        seen.add(pattern);
        for (const path of strangers(JSON.parse(body()), `Models.${TYPES[pattern]}`, pattern))
          found.add(path);
      }
    });
    for (let update = 0; update < 2500; update += 1) centre.step();
    expect([...found]).toEqual([]);
    expect(seen).toEqual(new Set(Object.keys(TYPES)));
  });

  it('nor has a conversation that REST answers', () => {
    const centre = new ContactCentre({ seed: 9, clock: new ManualClock() });
    const found = new Set<string>();
    centre.on('change', ({ conversationId }) => {
      const truth: unknown = JSON.parse(JSON.stringify(centre.truth(conversationId ?? '') ?? {}));
      for (const path of strangers(truth, 'Models.Conversation', 'conversation')) found.add(path);
    });
    for (let update = 0; update < 1500; update += 1) centre.step();
    expect([...found]).toEqual([]);
  });
});
