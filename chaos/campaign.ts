import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../mock/contact-centre/random.ts';
import { SHORT_CHANNEL_LIFE_MS } from './faults/access.ts';
import { faultsNamed } from './faults/catalogue.ts';
import type { Stage } from './faults/fault.ts';
import { bundleListener } from './listeners/bundle.ts';
import { footprintOf, type Sample, sampleProcess } from './listeners/footprint.ts';
import { handoversIn } from './listeners/handovers.ts';
import type { Shape } from './listeners/shape.ts';
import { openGaps } from './oracle/coverage.ts';
import { judge } from './oracle/judge.ts';
import type { PlayedFault } from './oracle/records.ts';
import { findSecrets } from './oracle/secrets.ts';
import { type EndOfHolder, silenceAfter } from './oracle/silence.ts';
import { type PlannedFault, planFaults } from './plan.ts';
import type { Outcome } from './report/outcome.ts';
import { readParked } from './world/parked.ts';
import { replayParked } from './world/replay.ts';
import { stageOf } from './world/stage.ts';
import { World } from './world/world.ts';

export interface CampaignOptions {
  /** How long there is load, and faults. */
  readonly seconds: number;
  readonly seed: number;
  /** Changes a second. */
  readonly rate: number;
  /** Names of the faults to play; all for none. */
  readonly faults: readonly string[];
  /** How much longer connections and listeners are left alone between two faults, seconds. */
  readonly calm: number;
  readonly shape: Shape;
  /** Whether a second listener, or a second chain of relays, stands by from the start. */
  readonly standby: boolean;
  /** How much heap a listener may have, MiB; as much as node sees fit unless said. */
  readonly heapMb?: number;
  /** A bundled listener in place of the present sources. */
  readonly program?: string;
  /** Told of what happens, for people who wait. */
  readonly progress: (line: string) => void;
}

/** How long the first listener may take to be live, milliseconds. */
const START_MS = 20_000;
/** How long it must be quiet before it is taken for settled, milliseconds. */
const QUIET_MS = 3_000;
/** How long everything is given to be noticed that nobody has told of: silences, conversations missing from analytics. */
const LEAST_SETTLING_MS = 9_000;
/** How long gaps may take to be closed after the load has ended, milliseconds. */
const MOST_SETTLING_MS = 120_000;
/** And for each change a second: what began around a gap is found page by page, within the limit of REST. Milliseconds. */
const SETTLING_A_CHANGE_MS = 600;
/** How often the campaign looks at itself, milliseconds. */
const SAMPLE_EVERY_MS = 1_000;
/** How long listeners may take to stop, milliseconds. */
const STOP_MS = 40_000;
/** After so long without a connection it will not come back by itself; the next fault is played all the same. */
const RECOVERY_MS = 15_000;

/**
 * Runs a campaign: load, faults, a time to settle, and the judgement.
 * @throws {RangeError} for an unknown fault
 * @throws Error when the listener can't be bundled or never goes live
 */
export async function runCampaign(options: CampaignOptions): Promise<Outcome> {
  const { seconds, seed, rate, shape, calm, standby, progress, heapMb } = options;
  const plan = planFaults({
    seed,
    seconds,
    faults: faultsNamed(options.faults),
    shape,
    standby,
    named: options.faults,
    calmMs: calm * 1000,
  });
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const program = options.program ?? join(folder, 'listener.mjs');
  if (options.program === undefined) bundleListener(program, shape);
  mkdirSync(join(folder, 'logs'));
  const short = plan.conditions.some(({ fault }) => fault.name === 'short-channels');
  const world = await World.start({
    folder,
    shape,
    program,
    standby,
    seed,
    rate,
    ...(short ? { channelLifeMs: SHORT_CHANNEL_LIFE_MS } : {}),
    ...(heapMb === undefined ? {} : { heapMb }),
  });
  const ending = new AbortController();
  const stage = stageOf(world, ending.signal);
  const played: PlayedFault[] = [];
  const ends: EndOfHolder[] = [];
  const own: Sample[] = [];
  const sampling = setInterval(() => own.push(sampleProcess()), SAMPLE_EVERY_MS);

  const play = async ({ fault, seed: own }: PlannedFault) => {
    const from = Date.now();
    const {
      detail,
      mayMiss = fault.mayMiss,
      mayMissBefore,
      clockShiftMs = 0,
      silencedAt,
    } = await fault.play(stage, new Random(own));
    const until = Date.now();
    const fillsBuffer = fault.fillsBuffer ?? false;
    const around = {
      mayMissBefore,
      holdsUpBus: fault.holdsUpBus ?? (fault.lane === 'bus' || fillsBuffer),
      fillsBuffer,
      hindersCalls: fault.hindersCalls ?? false,
      standsStill: fault.standsStill ?? false,
      clockShiftMs,
    };
    played.push({ name: fault.name, detail, from, until, mayMiss, ...around });
    progress(`${fault.name}${detail === '' ? '' : ` (${detail})`}`);
    if (silencedAt !== undefined) ends.push({ at: silencedAt, besideStandby: !mayMiss });
    if (fault.lane === 'connection')
      await stage.until(() => stage.liveSockets() >= world.fleet.running.length, RECOVERY_MS);
  };

  try {
    for (const condition of plan.conditions) await play(condition);
    world.fleet.start();
    await goLive(world, stage, 1);
    if (standby) {
      world.fleet.start();
      await goLive(world, stage, 2);
    }
    const startedAt = Date.now();
    world.centre.start();
    let loadEndedAt = startedAt;
    const load = delay(seconds * 1000).then(() => {
      world.centre.stop();
      loadEndedAt = Date.now();
      ending.abort();
      progress('the load has ended');
    });
    const lanes = plan.lanes.map(async (lane) => {
      for (const planned of lane) {
        await stage.pause(startedAt + planned.at - Date.now());
        if (ending.signal.aborted) return;
        await play(planned);
      }
    });
    await Promise.all([load, ...lanes]);
    await settle(world, stage, Math.max(MOST_SETTLING_MS, SETTLING_A_CHANGE_MS * rate));
    progress('settled');
    await world.fleet.stop(STOP_MS);
    const parked = readParked(folder);
    for (const detail of parked.details) world.ledger.parked(detail, Date.now());
    // Before what is parked goes, and again with what was logged then.
    const leaks = findSecrets(folder, world.unspeakable);
    const holders = [...world.aws.publishers];
    const replay = await replayAll(world, parked.files);
    if (leaks.length === 0) leaks.push(...findSecrets(folder, world.unspeakable));
    await world.close();
    const evidence = {
      sent: world.ledger.sent,
      events: world.ledger.events,
      gaps: world.ledger.gaps,
      garbage: world.garbage,
      parkedFrames: parked.frames,
      parkedReasons: parked.reasons,
      faults: played,
      truth: world.truth(),
      holders,
    };
    return {
      options,
      folder,
      startedAt,
      evidence,
      judgement: judge(evidence),
      ...silenceAfter(ends, evidence.events, played, loadEndedAt),
      crashed: world.fleet.crashed.map(({ name, end }) => `${name}: ${JSON.stringify(end)}`),
      leaks,
      replay,
      listeners: world.fleet.all.length,
      handedOver: world.fleet.handedOver,
      handovers: handoversIn(join(folder, 'logs')),
      footprint: world.fleet.footprint(loadEndedAt),
      ownFootprint: footprintOf(own.filter(({ at }) => at <= loadEndedAt)),
    };
  } finally {
    ending.abort();
    clearInterval(sampling);
    world.fleet.kill();
    await world.close();
  }
}

async function goLive(world: World, stage: Stage, sockets: number): Promise<void> {
  const live = await stage.until(() => stage.liveSockets() >= sockets, START_MS);
  if (!live)
    throw new Error(
      `no listener was live within ${START_MS} ms; its log: ${world.fleet.all.at(-1)?.logFile}`,
    );
  // The bridge's own event about it tells that it publishes, too.
  if (sockets === 1) await stage.until(() => world.eventsTaken > 0, START_MS);
}

/** Waits until nothing comes any more and every gap is closed. */
async function settle(world: World, stage: Stage, mostMs: number): Promise<void> {
  const from = Date.now();
  await stage.until(() => {
    const now = Date.now();
    // Nothing comes any more from nobody: those that ended by themselves are told of in the end.
    if (world.fleet.running.length === 0) return true;
    return (
      now - from >= LEAST_SETTLING_MS &&
      now - world.lastEventAt >= QUIET_MS &&
      openGaps(world.ledger.gaps).length === 0 &&
      stage.liveSockets() >= 1
    );
  }, mostMs);
}

async function replayAll(world: World, files: readonly string[]): Promise<Outcome['replay']> {
  world.ledger.replaying();
  const failures: string[] = [];
  for (const file of files) {
    const result = await replayParked(file, world.fleet.environmentOf('replay'));
    if (!result.ok) failures.push(`${file}: ${result.error}`);
  }
  return { files: files.length, failures };
}
