import type { ContactCentre } from '../contact-centre/contact-centre.ts';
import type { Access } from './access.ts';
import { ApiError } from './api-error.ts';
import type { Channel, ChannelRegistry } from './channels.ts';
import type { OAuthClient } from './oauth-client.ts';
import type { Switches } from './switches.ts';
import { expandTopic, matchTopic, type Topic, topicTemplates } from './topics.ts';

/** Subscriptions a channel may have; a combined topic counts as one. */
const TOPICS_PER_CHANNEL = 1000;

/** Model `ChannelTopic` of the platform API. */
export interface ChannelTopic {
  readonly id: string;
  readonly state: 'Permitted' | 'Rejected';
  readonly rejectionReason?: string;
  readonly missingPermissions?: readonly string[];
}

interface Refusal {
  readonly error: ApiError;
  readonly missingPermissions: readonly string[];
}

/** Subscribing, the same over REST and over the socket. */
export class Subscriptions {
  readonly #channels: ChannelRegistry;
  readonly #access: Access;
  readonly #centre: ContactCentre;
  readonly #switches: Switches;

  constructor(options: {
    channels: ChannelRegistry;
    access: Access;
    contactCentre: ContactCentre;
    switches: Switches;
  }) {
    this.#channels = options.channels;
    this.#access = options.access;
    this.#centre = options.contactCentre;
    this.#switches = options.switches;
  }

  /**
   * Adds to the list of a channel, or replaces it: all of it or, when one topic is refused, nothing.
   * With `ignoreErrors` refused topics become rows of their own and the rest is subscribed.
   * @throws {ApiError} 400 or 403
   */
  apply(
    channel: Channel,
    requested: readonly string[],
    options: { mode: 'add' | 'replace'; ignoreErrors: boolean },
  ): ChannelTopic[] {
    const { mode, ignoreErrors } = options;
    channel.socket?.subscribing();
    const kept = mode === 'add' ? [...channel.subscriptions.keys()] : [];
    if (new Set([...kept, ...requested]).size > TOPICS_PER_CHANNEL) {
      throw new ApiError(400, 'notification.subscription.too.many.subscriptions', 'Too many subscriptions');
    }
    const rows: ChannelTopic[] = [];
    const granted = new Map<string, readonly string[]>();
    for (const subscription of new Set(requested)) {
      const result = this.#judge(channel.token.client, subscription, ignoreErrors);
      rows.push(...result.rows);
      if (result.topics.length > 0) granted.set(subscription, result.topics);
    }
    if (mode === 'replace') this.#channels.unsubscribe(channel, [...channel.subscriptions.keys()]);
    this.#channels.subscribe(channel, granted);
    if (granted.size > 0) channel.socket?.subscribed();
    return rows;
  }

  #judge(
    client: OAuthClient,
    subscription: string,
    ignoreErrors: boolean,
  ): { rows: ChannelTopic[]; topics: string[] } {
    const names = expandTopic(subscription, this.#switches);
    const topics: string[] = [];
    const rejected: ChannelTopic[] = [];
    for (const name of names ?? [subscription]) {
      const refusal = names ? this.#refusal(client, name) : INVALID;
      if (!refusal) {
        topics.push(name);
        continue;
      }
      const invalid = refusal.error.status === 400;
      if (!ignoreErrors || (invalid && !this.#switches.invalidTopicIgnored)) throw refusal.error;
      rejected.push({
        id: name,
        state: 'Rejected',
        rejectionReason: refusal.error.message,
        missingPermissions: refusal.missingPermissions,
      });
    }
    // A combined topic is permitted as a whole when anything of it is; what is denied comes as rows of its own.
    const whole: ChannelTopic[] = topics.length > 0 ? [{ id: subscription, state: 'Permitted' }] : [];
    return { rows: [...whole, ...rejected], topics };
  }

  #refusal(client: OAuthClient, name: string): Refusal | undefined {
    const topic = matchTopic(name, topicTemplates(this.#switches));
    if (!topic || !this.#subjectExists(topic)) return INVALID;
    const missingPermissions = this.#access.missing(client, topic.template.permissions);
    const [first] = missingPermissions;
    if (first !== undefined) {
      const message = `The user does not have permission "${first}" required for topic "${name}"`;
      return { error: new ApiError(403, 'notification.unauthorized.topic', message), missingPermissions };
    }
    if (topic.template.byDivision && !this.#access.coversDivision(topic.subjectId)) {
      const message = `The user does not have access to the division required for topic "${name}"`;
      return {
        error: new ApiError(403, 'notification.unauthorized.divisioned.topic', message),
        missingPermissions: topic.template.permissions,
      };
    }
    return undefined;
  }

  #subjectExists({ template, subjectId }: Topic): boolean {
    switch (template.subject) {
      case 'queue':
        return this.#centre.queue(subjectId) !== undefined;
      case 'user':
        return this.#centre.agent(subjectId) !== undefined;
      case 'conversation':
        // Conversations come and go: one may be subscribed to before its first event.
        return true;
    }
  }
}

const INVALID: Refusal = {
  error: new ApiError(400, 'notification.invalid.topic', 'The subscription topic is not valid.'),
  missingPermissions: [],
};
