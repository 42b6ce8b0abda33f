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
  EventsAccepted: ['Count', 'events, and frames to be parked, handed to the publisher'],
  EventsPublished: ['Count', 'events acknowledged by the event bus'],
  EventsParked: ['Count', 'events and frames parked where they can be replayed'],
  EventsLost: ['Count', 'events or frames that could be neither published nor parked'],
  ParkingFailures: ['Count', 'attempts to park an event that failed; each is made again'],
  PublishRetries: ['Count', 'entries sent again after a transient failure'],
  PublishCallsFailed: ['Count', 'PutEvents calls that failed as a whole'],
  PublishPending: ['Count', 'events accepted and not yet acknowledged or parked'],
  EventLag: [
    'Milliseconds',
    'from when it happened, by the clock of Genesys Cloud, to the acknowledgement of the bus; of updates that bring a new time',
  ],
  PublishLatency: ['Milliseconds', 'from the frame off the socket to the acknowledgement of the bus'],
  ConnectionsOpened: ['Count', 'sockets that went live'],
  ConnectionsEnded: ['Count', 'connections that ended, for whatever reason'],
  HandoversCompleted: ['Count', 'connections replaced by another one before they were left'],
  HandoversFailed: ['Count', 'attempts at that which failed; the present connection works on'],
  ChannelsInUse: ['Count', "channels of the OAuth client, anybody's, when this listener last made one; 20 at most"],
  CredentialsReadFailures: ['Count', 'looks for rotated credentials that failed'],
  ConnectionLive: ['Count', '1 while the session is live on its socket, else 0'],
  HeartbeatsMissed: ['Count', 'sockets terminated because the heartbeat did not come'],
  TopicsSubscribed: ['Count', 'topics permitted by Genesys Cloud on the present channel'],
  TopicsRejected: ['Count', 'topics refused by Genesys Cloud or beyond the limit of a channel'],
  RestRetries: ['Count', 'Genesys Cloud REST and OAuth calls made again after a transient failure'],
  RestCallsFailed: ['Count', 'Genesys Cloud REST and OAuth calls given up'],
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
