import type { Cancel } from '../../listener/clock.ts';
import type { MockDialect, Moment } from '../genesys/moments.ts';
import type { MockGenesys } from '../genesys/server.ts';
import type { ServerSocket } from '../genesys/server-socket.ts';

/** What a fault is, for people and for programs. */
export interface FaultDescription {
  readonly id: string;
  readonly title: string;
  /** What happens, as the client meets it. */
  readonly plays: string;
  readonly dialects: readonly MockDialect[];
  /** When it can strike; the first unless one is chosen. */
  readonly moments: readonly Moment[];
  /** Ids of the causes that a diagnosis has to name. */
  readonly expectedCauses: readonly string[];
  /** Whether the server does it by itself, or the client has to be started with what `PlayedFaults` holds. */
  readonly playedBy: 'server' | 'client-environment';
}

/** Takes a fault back. */
export type Undo = () => void | Promise<void>;

export interface Fault extends FaultDescription {
  start(stage: Stage): Undo | Promise<Undo>;
}

/** How long things take, in milliseconds. */
export interface FaultTimes {
  /** From the moment to the blow; 5 after a subscription, else at once. */
  readonly delayMs?: number;
  /** How long a connection is silent before it is cut for it. AWS's NAT gateways and load balancers wait 350 s. */
  readonly idleMs?: number;
  /** How much later everything arrives over a slow network, each way. */
  readonly slowMs?: number;
  /** From the announcement of maintenance to its begin. */
  readonly graceMs?: number;
}

/** Where faults are played. Each leaves its mark here for the next, and for the client. */
export interface Stage {
  readonly mock: MockGenesys;
  readonly dialect: MockDialect;
  readonly moment: Moment;
  readonly times: Required<FaultTimes>;
  /** The OAuth client that is to meet the fault. */
  readonly clientId: string;
  /** Where the client reaches the mock: its own URL, or that of what stands before it. */
  front: string;
  /** What the client's environment has to have in place of what the mock says. */
  readonly environment: Record<string, string>;
  /** The subscribe message that the client has to send in place of its own, as it is. */
  payload: string | undefined;
}

/**
 * Strikes each connection that comes to the stage's moment. Where a channel's client logs in there is no connection
 * yet; what should strike then strikes when the socket opens.
 */
export function atMoment(stage: Stage, strike: (socket: ServerSocket) => void): Undo {
  const { mock, dialect, times } = stage;
  const moment = dialect === 'channels' && stage.moment === 'auth' ? 'connect' : stage.moment;
  const waiting = new Set<Cancel>();
  const stop = mock.controls.onMoment(({ socket, ...passage }) => {
    if (socket === undefined || passage.dialect !== dialect || passage.moment !== moment) return;
    if (times.delayMs === 0) {
      strike(socket);
      return;
    }
    const cancel = mock.clock.after(times.delayMs, () => {
      waiting.delete(cancel);
      if (socket.open) strike(socket);
    });
    waiting.add(cancel);
  });
  return () => {
    stop();
    for (const cancel of waiting) cancel();
  };
}

export const BOTH: readonly MockDialect[] = ['channels', 'org-socket'];
