import type { Random } from '../../mock/contact-centre/random.ts';
import type { Listener } from '../listeners/listener.ts';
import type { Fault, Played, Stage } from './fault.ts';

/** A listener that has run for so long has its connection, and has kept what came since. Milliseconds. */
const SETTLED_MS = 6_000;
/** What was received before a socket was there is in the checkpoint by then, so that nothing lies between. Milliseconds. */
const CONNECTED_MS = 6_000;
/** How long it is waited for a standby, milliseconds. */
const STANDBY_MS = 10_000;
/** Longer than any lease of the campaign, milliseconds. */
const LONGER_THAN_THE_LEASE_MS = 4_500;
/** Longer than it takes until a checkpoint is written, and than a gap's margins. Milliseconds. */
const UNSETTLED_MS = 7_000;
/** Events of conversations whose id ends with an even digit. */
const EVERY_SECOND = /"eventBody":\{"id":"[0-9a-f-]*[02468ace]"/;
/** How long a listener may take to stop or to be live, milliseconds. */
const PATIENCE_MS = 25_000;

/** Whether one is there that has received everything which the holder has, and goes on with it. */
function hasStandby(stage: Stage): boolean {
  const { holder, running } = stage.fleet;
  const settled = running.filter((other) => other !== holder && Date.now() - other.startedAt > SETTLED_MS);
  const connected = Date.now() - stage.lastSubscribedAt() > CONNECTED_MS;
  return settled.length > 0 && connected && stage.liveSockets() >= running.length;
}

/** Mostly waits until a standby has received everything, so that the end of the holder may cost nothing. Says whether one has. */
async function awaitStandby(stage: Stage, random: Random): Promise<boolean> {
  const isPatient = random.chance(0.7);
  if (isPatient && stage.fleet.running.length > 1) await stage.until(() => hasStandby(stage), STANDBY_MS);
  return hasStandby(stage);
}

/** Starts another one 0.3 to 2 s later; in place of a relay the one that keeps it running does, which has to notice first. */
async function another(stage: Stage, random: Random, dead: Listener | undefined): Promise<void> {
  const { fleet } = stage;
  if (fleet.shape === 'relay')
    await stage.until(() => dead?.running !== true && fleet.running.length >= fleet.chains, PATIENCE_MS);
  else {
    await stage.pause(random.int(300, 2_000));
    fleet.start();
  }
}

/** Kills the listener that publishes. What waited since before the last socket was there, nobody else has. */
function kill(
  stage: Stage,
  standby: boolean,
): { readonly old: Listener | undefined; readonly played: Omit<Played, 'detail'> } {
  const old = stage.fleet.holder;
  const ended = { silencedAt: Date.now(), mayMiss: !standby, mayMissBefore: stage.lastSubscribedAt() };
  old?.kill();
  return { old, played: ended };
}

/** What happens to the listeners themselves. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'deploy',
    does: 'starts a successor, and once that is connected asks the listener that publishes to stop',
    lane: 'connection',
    lastsMs: 12_000,
    mayMiss: false,
    // New code comes with the next relay, and there is one every few seconds.
    onlyShape: 'fargate',
    play: async (stage) => {
      const old = stage.fleet.holder;
      const live = stage.liveSockets();
      stage.fleet.start();
      const successor = stage.fleet.all.at(-1);
      const connected = await stage.until(() => stage.liveSockets() > live, PATIENCE_MS);
      // ECS waits for the health check before it stops the old task.
      await stage.until(() => false, 1_000);
      old?.terminate();
      const stopped = await stage.until(() => old?.running !== true, PATIENCE_MS);
      return {
        detail: `${old?.name} to ${successor?.name}${connected ? '' : ', which was not connected'}${stopped ? '' : ', which did not stop'}`,
      };
    },
  },
  {
    name: 'restart',
    does: 'asks the listener that publishes to stop, and starts another one only when it has',
    lane: 'connection',
    lastsMs: 12_000,
    mayMiss: true,
    // Lambda has no signal for it.
    onlyShape: 'fargate',
    play: async (stage, random) => {
      const standby = await awaitStandby(stage, random);
      const old = stage.fleet.holder;
      old?.terminate();
      await stage.until(() => old?.running !== true, PATIENCE_MS);
      const silencedAt = Date.now();
      await stage.pause(random.int(300, 2_000));
      stage.fleet.start();
      return {
        detail: `${old?.name}`,
        mayMiss: !standby,
        ...(standby ? {} : { silencedAt }),
      };
    },
  },
  {
    name: 'kill',
    does: 'kills the listener that publishes, and starts another one 0.3 to 2 s later; a relay when its heartbeats are missed',
    lane: 'connection',
    lastsMs: 3_000,
    mayMiss: true,
    play: async (stage, random) => {
      const standby = await awaitStandby(stage, random);
      const ended = kill(stage, standby);
      await another(stage, random, ended.old);
      const detail = `${ended.old?.name}${standby ? ', with a standby' : ''}`;
      return { detail, ...ended.played };
    },
  },
  {
    name: 'kill-unsettled',
    does: 'lets the bus refuse every second conversation for 7 s, then kills the listener while all of that waits',
    lane: 'connection',
    lastsMs: UNSETTLED_MS + 2_500,
    mayMiss: true,
    holdsUpBus: true,
    play: async (stage, random) => {
      await awaitStandby(stage, random);
      const refusal = stage.bus.controls.failEntries({
        code: 'InternalFailure',
        matching: ({ Detail }) => EVERY_SECOND.test(Detail ?? ''),
      });
      await stage.until(() => false, UNSETTLED_MS);
      const standby = hasStandby(stage);
      const ended = kill(stage, standby);
      refusal.clear();
      await another(stage, random, ended.old);
      const detail = `${ended.old?.name}, ${refusal.count} entries refused${standby ? ', with a standby' : ''}`;
      return { detail, ...ended.played };
    },
  },
  {
    name: 'kill-standby',
    does: 'kills a listener that only stands by, and starts another one 0.3 to 2 s later',
    lane: 'connection',
    lastsMs: 3_000,
    mayMiss: true,
    needsStandby: true,
    play: async (stage, random) => {
      const { fleet } = stage;
      // Of two relays that are just changing places it is not known yet which one publishes.
      const isKnown = fleet.shape === 'fargate' || (await stage.until(() => hasStandby(stage), STANDBY_MS));
      const standby = fleet.running.find((other) => other !== fleet.holder);
      // What only a standby has received, it takes along.
      const isSpare = stage.liveSockets() >= fleet.running.length;
      standby?.kill();
      await another(stage, random, standby);
      return { detail: `${standby?.name}`, mayMiss: !isKnown || !isSpare };
    },
  },
  {
    name: 'freeze',
    does: 'lets the listener that publishes stand still for longer than its lease, then go on',
    lane: 'connection',
    lastsMs: LONGER_THAN_THE_LEASE_MS + 3_500,
    mayMiss: true,
    standsStill: true,
    play: async (stage, random) => {
      const standby = await awaitStandby(stage, random);
      const old = stage.fleet.holder;
      const silencedAt = Date.now();
      const ms = random.int(LONGER_THAN_THE_LEASE_MS, LONGER_THAN_THE_LEASE_MS + 3_000);
      old?.freeze();
      await stage.until(() => false, ms);
      old?.thaw();
      const detail = `${old?.name} for ${ms} ms${standby ? ', with a standby' : ''}`;
      return { detail, mayMiss: !standby, silencedAt };
    },
  },
  {
    name: 'clock-step',
    does: "moves the clocks of all listeners by up to 15 s for some seconds, as a time server's correction does",
    lane: 'connection',
    lastsMs: 7_000,
    mayMiss: false,
    play: async (stage, random) => {
      const clockShiftMs = random.pick([-15_000, -5_000, 5_000, 15_000]);
      stage.fleet.shiftClocks(clockShiftMs);
      await stage.pause(random.int(3_000, 6_000));
      stage.fleet.shiftClocks(0);
      await stage.pause(500);
      return { detail: `${clockShiftMs} ms`, clockShiftMs };
    },
  },
];
