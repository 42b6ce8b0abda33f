import type { Moment } from '../genesys/moments.ts';
import { atMoment, BOTH, type Fault } from './fault.ts';
import { putInFront } from './middlebox.ts';

const ANY_MOMENT: readonly Moment[] = ['after-subscribe', 'connect', 'auth', 'subscribe', 'live'];
/** More than any client takes: 17 MiB. */
const HUGE_FRAME_BYTES = 17 * 1024 * 1024;

/** What networks and servers do to a connection that is there. */
export const NETWORK_FAULTS: readonly Fault[] = [
  {
    id: 'connection-reset',
    title: 'The connection is reset',
    plays: 'the TCP connection is reset (RST), with no close frame and no other sign',
    dialects: BOTH,
    moments: ANY_MOMENT,
    expectedCauses: ['connection-reset'],
    playedBy: 'server',
    start: (stage) => atMoment(stage, (socket) => socket.reset()),
  },
  {
    id: 'connection-cut',
    title: 'The connection is ended with no close frame',
    plays: 'the TCP connection is ended in order (FIN), but with no close frame before it',
    dialects: BOTH,
    moments: ANY_MOMENT,
    expectedCauses: ['connection-reset'],
    playedBy: 'server',
    start: (stage) => atMoment(stage, (socket) => socket.drop()),
  },
  {
    id: 'half-open',
    title: 'The connection is half open',
    plays:
      'the connection stays, but nothing comes any more and nothing is read: no pong, no answer to a close',
    dialects: BOTH,
    moments: ANY_MOMENT,
    expectedCauses: ['heartbeat-missing'],
    playedBy: 'server',
    start: (stage) =>
      atMoment(stage, (socket) => socket.stall({ heartbeats: true, data: true, reading: true })),
  },
  {
    id: 'heartbeat-stalled',
    title: 'The heartbeats stop',
    plays: 'the connection stays and is read, but neither heartbeats nor pongs nor events come',
    dialects: BOTH,
    moments: ANY_MOMENT,
    expectedCauses: ['heartbeat-missing'],
    playedBy: 'server',
    start: (stage) => atMoment(stage, (socket) => socket.stall({ heartbeats: true, data: true })),
  },
  {
    id: 'idle-cut',
    title: 'The connection is cut for being idle',
    plays: 'nothing comes for as long as a NAT or a load balancer waits, then the connection is reset',
    dialects: BOTH,
    moments: ['after-subscribe', 'live'],
    expectedCauses: ['idle-timeout'],
    playedBy: 'server',
    start: (stage) => {
      const { idleMs, delayMs } = stage.times;
      const cut = { ...stage, times: { ...stage.times, delayMs: delayMs + idleMs } };
      const undo = [
        atMoment(stage, (socket) => socket.stall({ heartbeats: true, data: true })),
        atMoment(cut, (socket) => socket.reset()),
      ];
      return async () => {
        for (const each of undo) await each();
      };
    },
  },
  {
    id: 'frame-too-large',
    title: 'A message is too large',
    plays: `the server sends one message of ${HUGE_FRAME_BYTES} bytes`,
    dialects: BOTH,
    moments: ['after-subscribe', 'live'],
    expectedCauses: ['frame-too-large'],
    playedBy: 'server',
    start: (stage) =>
      atMoment(stage, (socket) => socket.sendRaw(`{"padding":"${'x'.repeat(HUGE_FRAME_BYTES)}"}`)),
  },
  {
    id: 'process-frozen',
    title: 'The process is frozen, as Lambda does it',
    plays:
      'the environment is that of an AWS Lambda function; the server ends the connection of a client that answers no more',
    dialects: BOTH,
    moments: ['live', 'after-subscribe'],
    expectedCauses: ['process-frozen'],
    playedBy: 'client-environment',
    start: (stage) => {
      stage.environment['AWS_LAMBDA_FUNCTION_NAME'] = 'conversation-listener';
      stage.environment['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs24.x';
      return atMoment(stage, (socket) => socket.drop());
    },
  },
  {
    id: 'network-slow',
    title: 'The network is slow',
    plays: 'everything arrives late, both ways, from the first byte on',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['network-slow'],
    playedBy: 'client-environment',
    start: (stage) => putInFront(stage, { delayMs: stage.times.slowMs }),
  },
];
