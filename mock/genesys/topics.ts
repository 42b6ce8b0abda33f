import { DETAIL_EVENTS } from '../contact-centre/detail-events.ts';
import { ALL_MEDIA } from '../contact-centre/media.ts';
import type { Switches } from './switches.ts';

/** What the id in a topic names. */
type Subject = 'queue' | 'user' | 'conversation';

/** A topic with `{id}` in it, as `GET /api/v2/notifications/availabletopics` lists it. */
export interface TopicTemplate {
  readonly id: string;
  readonly subject: Subject;
  readonly permissions: readonly string[];
  readonly transports: readonly string[];
  /** Whether the role must also cover the queue's division. */
  readonly byDivision: boolean;
  readonly description: string;
}

/** One topic with a real id in it. */
export interface Topic {
  readonly name: string;
  readonly template: TopicTemplate;
  readonly subjectId: string;
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

export function topicTemplates(switches: Switches): readonly TopicTemplate[] {
  const conversation = required(switches.conversationTopicPermission);
  const detail = required(switches.detailTopicPermission);
  const transports = [switches.conversationTopicTransports];
  const all = ['All'];
  const template = (
    id: string,
    subject: Subject,
    permissions: readonly string[],
    carriedBy: readonly string[],
    description: string,
  ): TopicTemplate => ({
    id,
    subject,
    permissions,
    transports: carriedBy,
    byDivision: subject === 'queue',
    description,
  });
  const whole = 'Every update of the conversations, complete.';
  const ofMedium = 'Every update of the conversations of one medium, complete.';
  return [
    template('v2.routing.queues.{id}.conversations', 'queue', conversation, transports, whole),
    ...ALL_MEDIA.map((media) =>
      template(`v2.routing.queues.{id}.conversations.${media}`, 'queue', conversation, transports, ofMedium),
    ),
    template(
      'v2.routing.queues.{id}.users',
      'queue',
      ['routing:queueMember:view'],
      transports,
      'Members of the queue.',
    ),
    template(
      'v2.analytics.queues.{id}.observations',
      'queue',
      ['analytics:queueObservation:view', 'analytics:conversationAggregate:view'],
      ['Websocket'],
      'Figures of the queue.',
    ),
    template('v2.users.{id}.conversations', 'user', conversation, transports, whole),
    ...ALL_MEDIA.map((media) =>
      template(`v2.users.{id}.conversations.${media}`, 'user', conversation, transports, ofMedium),
    ),
    template(
      'v2.users.{id}.conversationsummary',
      'user',
      conversation,
      ['Websocket'],
      'How many conversations.',
    ),
    template('v2.users.{id}.presence', 'user', ['presence:userPresence:view'], ['Websocket'], 'Presence.'),
    template('v2.users.{id}.routingStatus', 'user', ['routing:routingStatus:view'], all, 'Routing status.'),
    template(
      'v2.users.{id}.activity',
      'user',
      ['presence:userPresence:view'],
      all,
      'Presence and routing status.',
    ),
    template('v2.users.{id}.station', 'user', [], ['Websocket'], 'Station.'),
    ...DETAIL_EVENTS.map((name) =>
      template(
        `v2.detail.events.conversation.{id}.${name}`,
        'conversation',
        detail,
        all,
        'One step of a conversation.',
      ),
    ),
    template(
      'v2.conversations.{id}.transcription',
      'conversation',
      ['speechAndTextAnalytics:transcript:view'],
      all,
      'What is said.',
    ),
  ];
}

/**
 * The topics that a subscription stands for: itself, or for `prefix?a&b` one for each suffix.
 * @returns the full names, or nothing when the form is wrong
 */
export function expandTopic(subscription: string, switches: Switches): readonly string[] | undefined {
  const [prefix = '', list, ...more] = subscription.split('?');
  if (list === undefined) return [subscription];
  const suffixes = [...new Set(list.split('&'))];
  // Only the last segment of a topic can be combined.
  const wellFormed = more.length === 0 && suffixes.every((suffix) => /^[\w]+$/.test(suffix));
  if (!wellFormed || subscription.length > switches.combinedTopicMax) return undefined;
  return suffixes.map((suffix) => `${prefix}.${suffix}`);
}

/** Finds the template of a full name. Nothing when there is no such topic. */
export function matchTopic(name: string, templates: readonly TopicTemplate[]): Topic | undefined {
  const subjectId = ID.exec(name)?.[0];
  if (subjectId === undefined) return undefined;
  const pattern = name.replace(subjectId, '{id}');
  const template = templates.find(({ id }) => id === pattern);
  return template && { name, template, subjectId };
}

function required(permission: string): readonly string[] {
  return permission === 'none' ? [] : [permission];
}
