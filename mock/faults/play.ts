import type { MockDialect, Moment } from '../genesys/moments.ts';
import { DEFAULT_CLIENT, type MockGenesys } from '../genesys/server.ts';
import { ACCESS_FAULTS } from './access.ts';
import { FAULTS_BETWEEN } from './between.ts';
import { CHANNEL_FAULTS } from './channel.ts';
import type { Fault, FaultDescription, FaultTimes, Stage, Undo } from './fault.ts';
import { NETWORK_FAULTS } from './network.ts';
import { SUBSCRIPTION_FAULTS } from './subscription.ts';

/** In the order in which several are started: what stands in front of the mock comes from the inside out. */
const CATALOGUE: readonly Fault[] = [
  ...ACCESS_FAULTS,
  ...SUBSCRIPTION_FAULTS,
  ...CHANNEL_FAULTS,
  ...NETWORK_FAULTS,
  ...FAULTS_BETWEEN,
];

/** Every fault that can be played. */
export const FAULTS: readonly FaultDescription[] = CATALOGUE.map(({ start: _start, ...fault }) => fault);

export interface PlayOptions {
  readonly dialect: MockDialect;
  /** For those that can strike then; the others strike at their first moment, as all do if it is not said. */
  readonly moment?: Moment;
  readonly times?: FaultTimes;
  /** The OAuth client that is to meet them; the default one if not said. */
  readonly clientId?: string;
}

export interface PlayedFaults {
  /** To be set for the client in place of what points it at the mock. */
  readonly environment: Readonly<Record<string, string>>;
  /** To be sent by the client, as it is, in place of its own subscribe message. */
  readonly payload: string | undefined;
  /** Takes everything back. Connections that are gone stay gone. */
  stop(): Promise<void>;
}

/**
 * Plays one fault or several at once, on every connection that comes, until stopped.
 * @throws RangeError when there is no such fault, not in this dialect, or when none of them can strike at the moment
 */
export async function playFaults(
  mock: MockGenesys,
  ids: readonly string[],
  options: PlayOptions,
): Promise<PlayedFaults> {
  checkPlayable(ids, options);
  const undo: Undo[] = [];
  let stage = firstStage(mock, options);
  const stop = async () => {
    for (const each of undo.splice(0)) await each();
  };
  try {
    for (const fault of CATALOGUE.filter(({ id }) => ids.includes(id))) {
      stage = atOwnMoment(stage, fault, options);
      undo.unshift(await fault.start(stage));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment: stage.environment, payload: stage.payload, stop };
}

function firstStage(mock: MockGenesys, { dialect, times = {}, clientId }: PlayOptions): Stage {
  return {
    mock,
    dialect,
    moment: 'connect',
    times: { delayMs: 0, idleMs: 350_000, slowMs: 2_000, graceMs: 60_000, ...times },
    clientId: clientId ?? DEFAULT_CLIENT.id,
    front: mock.url,
    environment: {},
    payload: undefined,
  };
}

function atOwnMoment(stage: Stage, { moments }: Fault, { moment, times = {} }: PlayOptions): Stage {
  const chosen = moment !== undefined && moments.includes(moment) ? moment : moments[0];
  const own = chosen ?? stage.moment;
  const delayMs = times.delayMs ?? (own === 'after-subscribe' ? 5 : 0);
  return { ...stage, moment: own, times: { ...stage.times, delayMs } };
}

function checkPlayable(ids: readonly string[], { dialect, moment }: PlayOptions): void {
  const faults = ids.map((id) => {
    const fault = FAULTS.find((other) => other.id === id);
    if (!fault) throw new RangeError(`There is no fault ${id}`);
    if (fault.dialects.includes(dialect)) return fault;
    throw new RangeError(
      `The fault ${id} is one of the dialect ${fault.dialects.join(', ')}, not ${dialect}`,
    );
  });
  if (moment === undefined || ids.length === 0 || faults.some(({ moments }) => moments.includes(moment)))
    return;
  const possible = new Set(faults.flatMap(({ moments }) => moments));
  throw new RangeError(`${ids.join(', ')} can strike at ${[...possible].join(', ')}, not at ${moment}`);
}
