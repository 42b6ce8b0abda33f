/**
 * Every metric the bridge emits, with its CloudWatch unit and its meaning.
 * One list, so that dashboards, alarms and docs can be checked against it.
 */
export const METRICS = {
  FramesReceived: ['Count', 'frames taken off the socket, heartbeats included'],
  NotificationsReceived: ['Count', 'notifications among them, echoes included'],
  FramesRefused: ['Count', 'frames that were parked instead of published (malformed, binary, too large)'],
  EchoesMatched: [
    'Count',
    'notifications that repeated one already accepted through another topic or connection',
  ],
  BodiesUnknown: ['Count', 'conversation topics whose body had no known shape; published raw'],
  PayloadsOffloaded: ['Count', 'events whose body was too large and went to the payload store'],
  EventsAccepted: ['Count', 'events, and frames to be parked, handed to the publisher'],
  EventsPublished: ['Count', 'events acknowledged by the event bus'],
  EventsParked: ['Count', 'events and frames parked where they can be replayed'],
  EventsLost: ['Count', 'events or frames that could be neither published nor parked'],
  ParkingFailures: ['Count', 'attempts to park an event that failed; each is made again'],
  PublishRetries: ['Count', 'entries sent again after a transient failure'],
  PublishCallsFailed: ['Count', 'PutEvents calls that failed as a whole'],
  PublishPending: ['Count', 'events accepted and not yet acknowledged or parked'],
  SocketPauses: ['Count', 'times that reading the socket was paused because too much waited to be published'],
  PayloadsStored: ['Count', 'bodies too large for an event that were kept in the payload store'],
  PayloadFailures: ['Count', 'attempts to keep such a body that failed; each is made again'],
  EventLag: [
    'Milliseconds',
    'from when it happened, by the clock of Genesys Cloud, to the acknowledgement of the bus; of updates that bring a new time',
  ],
  PublishLatency: ['Milliseconds', 'from the frame off the socket to the acknowledgement of the bus'],
  ConnectionsOpened: ['Count', 'sockets that went live'],
  ConnectionsEnded: ['Count', 'connections that ended, for whatever reason'],
  HandoversCompleted: ['Count', 'connections replaced by another one before they were left'],
  HandoversFailed: ['Count', 'attempts at that which failed; the present connection works on'],
  ChannelsInUse: [
    'Count',
    "channels of the OAuth client, anybody's, when this listener last made one; 20 at most",
  ],
  CredentialsReadFailures: ['Count', 'looks for rotated credentials that failed'],
  ConnectionLive: ['Count', '1 while the session is live on its socket, else 0'],
  HeartbeatsMissed: ['Count', 'sockets terminated because the heartbeat did not come'],
  TopicsSubscribed: ['Count', 'topics permitted by Genesys Cloud on the present channel'],
  TopicsRejected: ['Count', 'topics refused by Genesys Cloud or beyond the limit of a channel'],
  RestRetries: ['Count', 'Genesys Cloud REST and OAuth calls made again after a transient failure'],
  RestCallsFailed: ['Count', 'Genesys Cloud REST and OAuth calls given up'],
  GapsDetected: ['Count', 'times of which updates may have been missed'],
  GapsClosed: ['Count', 'gaps after which every conversation was looked after'],
  GapsOpen: ['Count', 'gaps that are not closed yet'],
  GapFailures: [
    'Count',
    'calls for closing a gap that failed; each is made again, unless it can never succeed',
  ],
  ConversationsBackfilled: ['Count', 'conversations that had changed in a gap, published as they are now'],
  ConversationsUnavailable: [
    'Count',
    'conversations that could not be had after a gap: gone, or not to be seen',
  ],
  LeaseHeld: ['Count', '1 while this listener holds the lease of its shard and may publish, else 0'],
  LeaseTakeovers: ['Count', 'times this listener took the lease of its shard'],
  LeasesLost: [
    'Count',
    'leases that ended without being let go: not renewed in time, taken by another listener, or given back since taking over failed',
  ],
  LeaseStoreFailures: [
    'Count',
    'reads and writes of the lease that failed or took too long; each is made again',
  ],
  CheckpointFailures: [
    'Count',
    'reads and writes of the checkpoint that failed; nothing of a write is forgotten, it goes with the next',
  ],
  StateUnreadable: [
    'Count',
    'leases, checkpoints and parts of them that were found damaged or of a later version; what can be is set aside',
  ],
  CheckpointAge: ['Milliseconds', 'time since the checkpoint was last written or found up to date'],
  InternalErrors: ['Count', 'errors that nobody foresaw, survived and logged: defects of the bridge'],
  RelayCallFailures: [
    'Count',
    'calls by which a relayed listener tells that it runs, or ends, that failed; each is made again',
  ],
  EventLoopStalls: ['Count', 'times in which the process stood still for more than a second'],
} as const satisfies Record<string, readonly ['Count' | 'Milliseconds', string]>;

export type MetricName = keyof typeof METRICS;

/** Where the bridge reports its figures. Calls are cheap and never throw. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: MetricName, by?: number): void;
  /** Records one observation of a distribution, in the metric's unit. */
  observe(name: MetricName, value: number): void;
  /** Sets a figure that holds until it is set again. */
  gauge(name: MetricName, value: number): void;
}
