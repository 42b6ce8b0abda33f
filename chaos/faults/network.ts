import type { Random } from '../../mock/contact-centre/random.ts';
import type { Fault, Stage } from './fault.ts';

/** Longer than the silence that a listener takes for death, with time to notice; milliseconds. */
const SILENCE_MS = 12_000;

/** The id of one connection, or undefined for all of them. */
function victim(stage: Stage, random: Random): string | undefined {
  const connected = stage.genesys.controls.channels().filter((channel) => channel.connected);
  return connected.length > 1 && random.chance(0.6) ? random.pick(connected).id : undefined;
}

const named = (id: string | undefined) => (id === undefined ? 'all connections' : 'one connection');

/** Keeps connections silent until whoever waits at the other end has given up. */
async function silence(stage: Stage, random: Random, reading: boolean): Promise<string> {
  const { controls } = stage.genesys;
  const id = victim(stage, random);
  const ids = id === undefined ? controls.channels().map((channel) => channel.id) : [id];
  for (const each of ids) controls.stall({ heartbeats: true, data: true, reading }, each);
  // A silence that ends by itself could not be noticed by anyone: what was not sent is not announced either.
  await stage.until(() => false, SILENCE_MS);
  for (const each of ids) controls.resume(each);
  return named(id);
}

/** What happens to connections on their way. */
export const NETWORK_FAULTS: readonly Fault[] = [
  {
    name: 'reset',
    does: 'resets the TCP connection of a listener, or of all',
    lane: 'connection',
    lastsMs: 1_000,
    mayMiss: true,
    play: async (stage, random) => {
      const id = victim(stage, random);
      stage.genesys.controls.reset(id);
      return { detail: named(id) };
    },
  },
  {
    name: 'drop',
    does: 'ends the TCP connection with no close frame, of a listener, or of all',
    lane: 'connection',
    lastsMs: 1_000,
    mayMiss: true,
    play: async (stage, random) => {
      const id = victim(stage, random);
      stage.genesys.controls.drop(id);
      return { detail: named(id) };
    },
  },
  {
    name: 'half-open',
    does: 'sends nothing more and reads nothing more, but keeps the connection, until the listener has given it up',
    lane: 'connection',
    lastsMs: SILENCE_MS + 500,
    mayMiss: true,
    play: async (stage, random) => ({ detail: await silence(stage, random, true) }),
  },
  {
    name: 'silence',
    does: 'sends neither heartbeats nor data any more, until the listener has given the connection up',
    lane: 'connection',
    lastsMs: SILENCE_MS + 500,
    mayMiss: true,
    play: async (stage, random) => ({ detail: await silence(stage, random, false) }),
  },
  {
    name: 'no-heartbeats',
    does: 'leaves out heartbeats for some seconds, while notifications come',
    lane: 'connection',
    lastsMs: 8_500,
    mayMiss: true,
    play: async (stage, random) => {
      const { controls } = stage.genesys;
      controls.stall({ heartbeats: true, data: false });
      const ms = random.int(3_000, 8_000);
      await stage.pause(ms);
      controls.resume();
      return { detail: `${ms} ms` };
    },
  },
  {
    name: 'socket-closing',
    does: 'announces that the socket will be closed, and closes it some seconds later',
    lane: 'connection',
    lastsMs: 9_000,
    mayMiss: false,
    play: async (stage, random) => {
      const graceMs = random.int(5_000, 8_000);
      stage.genesys.controls.announceClosing(graceMs);
      await stage.pause(graceMs + 500);
      return { detail: `${graceMs} ms ahead` };
    },
  },
  {
    name: 'upgrades-refused',
    does: 'ends all connections, and refuses the next ones with 503',
    lane: 'connection',
    lastsMs: 2_000,
    mayMiss: true,
    play: async (stage, random) => {
      const times = random.int(1, 3);
      stage.genesys.controls.refuseNextUpgrades(503, times);
      stage.genesys.controls.drop();
      await stage.pause(2_000);
      stage.genesys.controls.refuseNextUpgrades(503, 0);
      return { detail: `${times} times` };
    },
  },
];
