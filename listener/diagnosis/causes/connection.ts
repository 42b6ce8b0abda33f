import { DIALECTS } from '../../contract/vocabulary.ts';
import type { Cause } from './cause.ts';

/** What becomes of a connection that was there. */
export const CONNECTION_CAUSES = {
  'connection-reset': {
    title: 'The connection was cut, and nothing tells why',
    explanation:
      'The TCP connection ended with no close frame, which a client reports as 1006. Address, token, rights, clocks and subscription were looked at and are in order, so the cut is unexplained: a crash or a restart of the server, or a device in between.',
    toldBy: 'that every other cause was ruled out as far as it can be',
    fix: [
      'Run the doctor again a few times, with `--seconds 60`: a cut that always comes at the same moment has a reason, one that comes at random is the network.',
      'Run it from another network, and from where the listener runs.',
      'Give the transcript (`--transcript FILE`) and the time of the cut to Genesys’s support.',
      'Reconnect with growing waits: such cuts happen on every long connection.',
    ],
    dialects: DIALECTS,
    group: 'A cut that nothing explains',
  },
  'idle-timeout': {
    title: 'Something in between forgot the idle connection',
    explanation:
      'Nothing went over the connection for so long that a device in between dropped it: AWS NAT gateways and network load balancers after 350 seconds, other devices after 60 or less. The next packet is answered by a reset.',
    toldBy: 'the seconds since the last frame either way, when the cut comes',
    fix: [
      'Ping at least every 30 seconds, and see that it is done while no events come.',
      'Raise the idle timeout of the load balancer or firewall.',
      'Treat a missing heartbeat as a dead connection after 40 seconds; never wait for the cut.',
    ],
    dialects: DIALECTS,
    group: 'Silence and slowness',
  },
  'heartbeat-missing': {
    title: 'The socket is open, but nothing comes',
    explanation:
      'Neither heartbeats nor answers to pings come, while the connection looks open. The other end is gone without a word (half open), or it hangs.',
    toldBy: 'a ping that is not answered, and the seconds since the last frame',
    fix: [
      'Terminate the socket and connect again: a close handshake would not be answered either.',
      'If it happens often, see what is in between: devices that lose connections when they fail over.',
    ],
    dialects: DIALECTS,
    group: 'Silence and slowness',
  },
  'network-slow': {
    title: 'The network is slow',
    explanation:
      'Every answer takes seconds. Handshakes and heartbeats then miss their deadlines, and a connection that works is taken for dead.',
    toldBy: 'the time that answers take',
    fix: [
      'Measure the way to the host from the same place, e.g. `curl -w "%{time_connect} %{time_total}\\n" -so /dev/null https://login.<region>/`.',
      'See that the region is the one that is meant, and whether a proxy or VPN is in between.',
      'On the smallest Lambda or Fargate sizes, see that the processor is not the bottleneck.',
    ],
    dialects: DIALECTS,
    group: 'Silence and slowness',
  },
  'second-connection': {
    title: 'Another connection took the channel',
    explanation:
      'A channel carries one WebSocket. When a second one connects to it, the first is closed. Usually two copies of the program share a channel, or a reconnect did not wait for the old socket to go.',
    toldBy: 'a close with no announcement while the channel is still alive, or a message that says so',
    fix: [
      'Let each process make a channel of its own, and keep its address to itself.',
      'See that only one copy runs, and that old ones have ended.',
      'Before reconnecting to the same channel, terminate the old socket.',
    ],
    dialects: ['channels'],
    group: 'The life of a channel',
  },
  'channel-evicted': {
    title: 'The channel was evicted by a new one',
    explanation:
      'An OAuth client may have 20 channels. The 21st removes one: those without a connection first, then the one that was not used for longest.',
    toldBy: 'a 404 over the socket, with the number of channels and the age of this one',
    fix: [
      'Find out what makes channels with the same OAuth client, and give other programs a client of their own.',
      'Reuse the channel when reconnecting, instead of making one each time.',
      'Take the subscriptions off channels that are no longer used.',
    ],
    dialects: ['channels'],
    group: 'The life of a channel',
  },
  'channel-expired': {
    title: 'The channel is past its 24 hours',
    explanation:
      'A channel lives 24 hours from the last time its subscriptions were put. Then it ends, and the socket with it.',
    toldBy: 'a 404 over the socket, with the age of the channel',
    fix: ['Put the subscriptions again before the 24 hours are over, or change to a new channel.'],
    dialects: ['channels'],
    group: 'The life of a channel',
  },
  'too-many-channels': {
    title: 'The client has all the channels it may have',
    explanation:
      'All 20 channels of the OAuth client are taken. One more would evict one that somebody may be using, so none was made.',
    toldBy: 'the list of channels',
    fix: [
      'Find out what makes channels with this OAuth client, and end what is not needed; channels end by themselves 24 hours after their subscriptions were last put.',
      'Give this program an OAuth client of its own.',
    ],
    dialects: ['channels'],
    group: 'The life of a channel',
  },
  maintenance: {
    title: 'Genesys Cloud announced maintenance',
    explanation:
      'The server says `socket_closing` and closes the connection a minute later. It is part of a normal life.',
    toldBy: 'a `socket_closing` message',
    fix: [
      'Open a new connection within the minute, then leave the old one.',
      'Nothing is wrong; a listener that does this loses nothing.',
    ],
    dialects: ['channels'],
    group: 'The life of a channel',
  },
  'process-frozen': {
    title: 'The process was frozen',
    explanation:
      'Lambda freezes the sandbox when the handler returns. The socket is still open then, but nobody reads it or answers pings, so the other end gives up; the cut is only seen at the next invocation. A suspended virtual machine behaves the same.',
    toldBy: 'the runtime is Lambda and the socket outlives an invocation, or timers come seconds late',
    fix: [
      'Run the listener where processes are not frozen: a container (ECS on Fargate).',
      'If it must be Lambda, let each invocation start the next one and hand over to it before it ends, as the stack does with `shape=relay`. A socket that is closed between invocations misses what is sent meanwhile.',
    ],
    dialects: DIALECTS,
    group: 'The process itself',
  },
  'frame-too-large': {
    title: 'A message was too large',
    explanation:
      'A message is longer than the client takes. The client ends the connection with 1009; when the server ends it for the size of ours, the client sees 1006.',
    toldBy: 'the size of the last frame, or the error of the client’s WebSocket',
    fix: [
      'Raise the limit of the client (`maxPayload`), if memory allows.',
      'Subscribe to less: conversations grow with every participant; fewer topics a channel, fewer entities a subscription.',
    ],
    dialects: DIALECTS,
    group: 'The size of messages',
  },
  'rate-limited': {
    title: 'Too many requests',
    explanation:
      'Genesys Cloud answers 429: 300 requests a minute are allowed for each token. A client that reconnects in a loop gets there by itself.',
    toldBy: 'an answer with status 429',
    fix: [
      'Wait as long as `Retry-After` says.',
      'Reconnect with growing, random waits, and reuse token and channel.',
      'See what else uses the same OAuth client.',
    ],
    dialects: DIALECTS,
    group: 'Limits and failures of the server',
  },
  'server-error': {
    title: 'Genesys Cloud has a failure',
    explanation: 'Login or API answer with a 5xx status. Nothing on this side causes it.',
    toldBy: 'an answer with a status of 500 or more',
    fix: [
      'Try again in a few minutes, with growing waits.',
      'Look at the status page of Genesys Cloud; give the correlation id to its support.',
    ],
    dialects: DIALECTS,
    group: 'Limits and failures of the server',
  },
} as const satisfies Record<string, Cause>;
