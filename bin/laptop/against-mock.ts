import { FAULTS, playFaults } from '../../mock/faults/play.ts';
import type { MockDialect, Moment } from '../../mock/genesys/moments.ts';
import { type Environment, UsageError } from '../exit.ts';
import { environmentOf } from './serve-mock.ts';
import { startMockOrganisation } from './stand-ins.ts';

/** Stands for no fault at all. */
const HEALTHY = 'healthy';
const RATE = 5;
const SEED = 1;
/** A device that forgets idle connections sooner than real ones do: within the seconds that a connection is watched. */
const IDLE_MS = 6_000;
/** Slow enough to be told, and no slower: there are many answers to wait for. */
const SLOW_MS = 1_700;

export interface AgainstMockOptions {
  /** Ids of faults. */
  readonly againstMock: readonly string[];
  readonly dialect?: MockDialect;
  readonly at?: Moment;
}

/**
 * Plays faults on a mock organisation, and has a client meet them.
 * @param client is given the environment that points at the mock, and the payload it has to send, if any
 * @returns what the client returns
 * @throws {UsageError} a fault can't be played
 */
export async function againstMock(
  options: AgainstMockOptions,
  client: (environment: Environment, payload: string | undefined) => Promise<number>,
): Promise<number> {
  const faults = options.againstMock.filter((id) => id !== HEALTHY);
  const dialect = options.dialect ?? dialectOf(faults);
  const organisation = await startMockOrganisation({ seed: SEED, rate: RATE, dialect, remembering: 0 });
  const { centre, genesys } = organisation;
  try {
    const { at: moment } = options;
    const times = { idleMs: IDLE_MS, slowMs: SLOW_MS };
    const played = await playFaults(
      genesys,
      faults,
      moment ? { dialect, moment, times } : { dialect, times },
    );
    centre.start();
    const outcome = await client(
      { ...environmentOf(organisation, dialect), ...played.environment },
      played.payload,
    );
    await played.stop();
    return outcome;
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`${error.message}; see mock --list-faults`) : error;
  } finally {
    centre.stop();
    await genesys.close();
  }
}

/** The first dialect that all the faults can be played in. */
function dialectOf(faults: readonly string[]): MockDialect {
  const dialects = ['channels', 'org-socket'] as const;
  const common = dialects.find((dialect) =>
    faults.every((id) => FAULTS.find((fault) => fault.id === id)?.dialects.includes(dialect) ?? true),
  );
  return common ?? 'channels';
}
