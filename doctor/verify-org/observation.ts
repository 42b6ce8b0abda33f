/** What a real organisation does where the published sources are silent. Names are those of the mock's switches. */
export interface Observation {
  readonly switch: string;
  readonly value: string | number | boolean;
  /** What was asked, in a few words. */
  readonly how: string;
}

/** A fact that was left alone, and why. */
export interface NotTried {
  readonly switch: string;
  readonly why: string;
}

/** Collects what is seen, and what could not be. */
export class Notebook {
  readonly observed: Observation[] = [];
  readonly notTried: NotTried[] = [];

  /** @param value undefined: the answer settles nothing */
  note(name: string, value: Observation['value'] | undefined, how: string): void {
    if (value === undefined) this.notTried.push({ switch: name, why: `the answer settles nothing: ${how}` });
    else this.observed.push({ switch: name, value, how });
  }

  leave(name: string, why: string): void {
    this.notTried.push({ switch: name, why });
  }
}

/** Finding these out would cost somebody something. */
export const LEFT_ALONE: Readonly<Record<string, string>> = {
  oauthPerMinute: 'it would take hundreds of logins',
  channelLimitPer: 'it would take all channels of the client',
  combinedTopicMax: 'it takes an entity with topics of fitting lengths',
  refuseExpiredChannel: 'it takes a channel of 24 hours',
  refuseEvictedChannel: 'it takes an eviction',
  refuseDeadToken: 'it takes a token that ends',
  tokenExpiryKillsChannel: 'it takes a token that ends',
  deadChannel: 'it takes a channel that ends',
  deadChannelMessage: 'it takes a channel that ends',
  deadChannelCloseCode: 'it takes a channel that ends',
  maintenanceCloseCode: 'it takes maintenance',
  afterTakingPart: 'it takes conversations of which one knows the course',
  correlationIds: 'it takes conversations of which one knows the course',
};

export const CHANNEL_FACTS = [
  'tokenType',
  'expiresInShort',
  'refreshTokenField',
  'grantErrorStatus',
  'channelsOfOtherTokens',
  'deleteSubscriptionsStatus',
  'renewedBy',
  'renewedExpires',
  'invalidTopicIgnored',
  'conversationTopicPermission',
  'detailTopicPermission',
  'conversationTopicTransports',
  'refuseUnknownChannel',
  'secondConnectionNotice',
  'secondConnectionCloseCode',
  'systemTopicNames',
  'heartbeatVersion',
  'resultType',
  'failureStatus',
  'ackCorrelationId',
  'unsubscribeWord',
  'socketSubscribe',
  'protocolPings',
] as const;

export const ORG_SOCKET_FACTS = [
  'jwtValidationMode',
  'strictCut',
  'strictCutMs',
  'authSuccessScopes',
  'confirmation',
  'filterEntities',
  'userAgentHeader',
] as const;
