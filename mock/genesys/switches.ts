/**
 * Choices that the published sources leave open; for the org socket, of which nothing is published, all of them. Each is one switch, so that what a real organisation does can be
 * set here once it is known, and a client can be tried against every possibility.
 */
interface SwitchDefinition<Value extends string | number | boolean> {
  readonly values: readonly Value[];
  readonly default: Value;
  /** What it decides. */
  readonly decides: string;
  /** The part of the protocol that it belongs to. */
  readonly topic: 'OAuth' | 'REST' | 'topics' | 'handshake' | 'socket' | 'notifications' | 'org socket';
}

function oneOf<const Value extends string | number | boolean>(
  topic: SwitchDefinition<Value>['topic'],
  values: readonly Value[],
  preset: NoInfer<Value>,
  decides: string,
): SwitchDefinition<Value> {
  return { values, default: preset, decides, topic };
}

const REFUSALS = [400, 401, 403, 404, 410, 503] as const;
const CLOSE_CODES = [1000, 1001, 1008, 1011, 1012, 4000] as const;

export const SWITCHES = {
  tokenType: oneOf('OAuth', ['bearer', 'Bearer'], 'bearer', 'how token_type is written'),
  expiresInShort: oneOf('OAuth', [0, 1], 1, 'by how many seconds expires_in is less than the lifetime'),
  refreshTokenField: oneOf(
    'OAuth',
    ['absent', 'null'],
    'absent',
    'whether a client credentials answer has a refresh_token field',
  ),
  oauthPerMinute: oneOf(
    'OAuth',
    [0, 10, 300],
    0,
    'requests a minute for /oauth/token and client; 0: no limit',
  ),
  grantErrorStatus: oneOf('OAuth', [400, 401], 400, 'status of invalid_request and unsupported_grant_type'),
  channelsOfOtherTokens: oneOf(
    'REST',
    ['hidden', 'shown'],
    'hidden',
    'whether ids of channels made with another token of the same client are shown by includechannels=oauthclient',
  ),
  channelLimitPer: oneOf('REST', ['client', 'token'], 'client', 'what the limit of 20 channels counts for'),
  deleteSubscriptionsStatus: oneOf('REST', [200, 202, 204], 200, 'status of DELETE …/subscriptions'),
  renewedBy: oneOf(
    'REST',
    ['put', 'put-and-post'],
    'put-and-post',
    'which way of subscribing gives a channel another 24 hours',
  ),
  renewedExpires: oneOf(
    'REST',
    ['moves', 'stays'],
    'moves',
    'whether a renewed channel shows a later `expires`',
  ),
  invalidTopicIgnored: oneOf(
    'topics',
    [true, false],
    true,
    'whether ignoreErrors=true makes an unknown topic a rejected row instead of a 400',
  ),
  combinedTopicMax: oneOf('topics', [200, 199], 200, 'the longest combined topic, in characters'),
  conversationTopicPermission: oneOf(
    'topics',
    ['conversation:communication:view', 'analytics:conversationDetail:view', 'none'],
    'conversation:communication:view',
    'what v2.routing.queues.{id}.conversations and v2.users.{id}.conversations require',
  ),
  detailTopicPermission: oneOf(
    'topics',
    ['analytics:conversationDetail:view', 'conversation:communication:view', 'none'],
    'analytics:conversationDetail:view',
    'what v2.detail.events.conversation.{id}.… requires',
  ),
  conversationTopicTransports: oneOf(
    'topics',
    ['Websocket', 'All'],
    'Websocket',
    'transports of the topics that carry conversations',
  ),
  refuseUnknownChannel: oneOf('handshake', REFUSALS, 404, 'status for a channel id that never existed'),
  refuseExpiredChannel: oneOf('handshake', REFUSALS, 404, 'status for a channel past its 24 hours'),
  refuseEvictedChannel: oneOf('handshake', REFUSALS, 404, 'status for a channel that a 21st replaced'),
  refuseDeadToken: oneOf('handshake', REFUSALS, 401, 'status when the token that made the channel is dead'),
  tokenExpiryKillsChannel: oneOf('socket', [true, false], true, 'whether a channel dies with its token'),
  deadChannel: oneOf(
    'socket',
    ['message-and-close', 'message', 'close', 'on-next-message'],
    'message-and-close',
    'what an open socket sees when its channel dies',
  ),
  deadChannelMessage: oneOf(
    'socket',
    ['Channel not found', 'The channel has expired or was replaced'],
    'Channel not found',
    'text beside result 404',
  ),
  deadChannelCloseCode: oneOf('socket', CLOSE_CODES, 1001, 'close code of a dead channel'),
  secondConnectionNotice: oneOf(
    'socket',
    ['none', 'no_longer_subscribed', 'duplicate_id'],
    'none',
    'system message to the first connection when a second one comes',
  ),
  secondConnectionCloseCode: oneOf('socket', CLOSE_CODES, 1001, 'close code of the first connection then'),
  maintenanceCloseCode: oneOf('socket', CLOSE_CODES, 1001, 'close code when maintenance begins'),
  systemTopicNames: oneOf(
    'socket',
    ['v2.system.', ''],
    'v2.system.',
    'what stands before no_longer_subscribed, duplicate_id and token_revoked in a topicName',
  ),
  heartbeatVersion: oneOf('socket', [false, true], false, 'whether heartbeat and pong carry "version":"2"'),
  resultType: oneOf('socket', ['string', 'number'], 'string', 'how `result` is written in acknowledgements'),
  failureStatus: oneOf('socket', ['failure', 'error'], 'failure', '`status` of a failed subscribe'),
  ackCorrelationId: oneOf('socket', [true, false], true, 'whether acknowledgements repeat the correlationId'),
  unsubscribeWord: oneOf(
    'socket',
    ['unsubscribe', 'unsubscribed'],
    'unsubscribe',
    'the message that unsubscribes',
  ),
  socketSubscribe: oneOf(
    'socket',
    ['adds', 'replaces'],
    'adds',
    'what subscribe over the socket does to the list',
  ),
  protocolPings: oneOf('socket', [true, false], true, 'whether RFC 6455 pings are answered'),
  afterTakingPart: oneOf(
    'notifications',
    ['sent', 'not-sent'],
    'sent',
    'whether a queue or user still gets notifications of a conversation it has left',
  ),
  correlationIds: oneOf(
    'notifications',
    ['per-change', 'per-notification', 'one-for-all'],
    'per-change',
    'how far a metadata.CorrelationId is unique',
  ),
  jwtValidationMode: oneOf(
    'org socket',
    ['strict', 'lenient'],
    'strict',
    'whether a faulty token or subscription is cut off with no close frame, or told what is wrong with it',
  ),
  strictCut: oneOf(
    'org socket',
    ['after-confirmation', 'at-once'],
    'after-confirmation',
    'when strict mode cuts; a token that is no token, dead or revoked is cut at once in any case',
  ),
  strictCutMs: oneOf('org socket', [5, 50, 500], 5, 'milliseconds from the confirmation to the cut'),
  authSuccessScopes: oneOf(
    'org socket',
    ['array', 'text'],
    'array',
    'whether auth-success has `scopes` as an array, or `scope` as a text with spaces',
  ),
  confirmation: oneOf(
    'org socket',
    ['confirmation', 'subscribe-success'],
    'confirmation',
    'the type of the message that confirms a subscription',
  ),
  filterEntities: oneOf(
    'org socket',
    ['optional', 'required'],
    'optional',
    'whether a filter may come without entities, which then means all',
  ),
  userAgentHeader: oneOf(
    'org socket',
    ['required', 'optional'],
    'required',
    'whether an upgrade without a User-Agent is answered 403',
  ),
} as const;

type SwitchName = keyof typeof SWITCHES;

/** A value for each switch. */
export type Switches = { [Name in SwitchName]: (typeof SWITCHES)[Name]['values'][number] };

/** The defaults, with what is given in their place. */
export function createSwitches(given: Partial<Switches> = {}): Switches {
  return { ...DEFAULTS, ...given };
}

const DEFAULTS: Switches = {
  tokenType: SWITCHES.tokenType.default,
  expiresInShort: SWITCHES.expiresInShort.default,
  refreshTokenField: SWITCHES.refreshTokenField.default,
  oauthPerMinute: SWITCHES.oauthPerMinute.default,
  grantErrorStatus: SWITCHES.grantErrorStatus.default,
  channelsOfOtherTokens: SWITCHES.channelsOfOtherTokens.default,
  channelLimitPer: SWITCHES.channelLimitPer.default,
  deleteSubscriptionsStatus: SWITCHES.deleteSubscriptionsStatus.default,
  renewedBy: SWITCHES.renewedBy.default,
  renewedExpires: SWITCHES.renewedExpires.default,
  invalidTopicIgnored: SWITCHES.invalidTopicIgnored.default,
  combinedTopicMax: SWITCHES.combinedTopicMax.default,
  conversationTopicPermission: SWITCHES.conversationTopicPermission.default,
  detailTopicPermission: SWITCHES.detailTopicPermission.default,
  conversationTopicTransports: SWITCHES.conversationTopicTransports.default,
  refuseUnknownChannel: SWITCHES.refuseUnknownChannel.default,
  refuseExpiredChannel: SWITCHES.refuseExpiredChannel.default,
  refuseEvictedChannel: SWITCHES.refuseEvictedChannel.default,
  refuseDeadToken: SWITCHES.refuseDeadToken.default,
  tokenExpiryKillsChannel: SWITCHES.tokenExpiryKillsChannel.default,
  deadChannel: SWITCHES.deadChannel.default,
  deadChannelMessage: SWITCHES.deadChannelMessage.default,
  deadChannelCloseCode: SWITCHES.deadChannelCloseCode.default,
  secondConnectionNotice: SWITCHES.secondConnectionNotice.default,
  secondConnectionCloseCode: SWITCHES.secondConnectionCloseCode.default,
  maintenanceCloseCode: SWITCHES.maintenanceCloseCode.default,
  systemTopicNames: SWITCHES.systemTopicNames.default,
  heartbeatVersion: SWITCHES.heartbeatVersion.default,
  resultType: SWITCHES.resultType.default,
  failureStatus: SWITCHES.failureStatus.default,
  ackCorrelationId: SWITCHES.ackCorrelationId.default,
  unsubscribeWord: SWITCHES.unsubscribeWord.default,
  socketSubscribe: SWITCHES.socketSubscribe.default,
  protocolPings: SWITCHES.protocolPings.default,
  afterTakingPart: SWITCHES.afterTakingPart.default,
  correlationIds: SWITCHES.correlationIds.default,
  jwtValidationMode: SWITCHES.jwtValidationMode.default,
  strictCut: SWITCHES.strictCut.default,
  strictCutMs: SWITCHES.strictCutMs.default,
  authSuccessScopes: SWITCHES.authSuccessScopes.default,
  confirmation: SWITCHES.confirmation.default,
  filterEntities: SWITCHES.filterEntities.default,
  userAgentHeader: SWITCHES.userAgentHeader.default,
};
