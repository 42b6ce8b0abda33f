import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../faults/fault.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 50;

/** The world as faults act on it. Their pauses end when `ending` aborts. */
export function stageOf(world: World, ending: AbortSignal): Stage {
  return {
    genesys: world.genesys,
    centre: world.centre,
    bus: world.bus,
    aws: world.aws,
    fleet: world.fleet,
    pause: async (ms) => {
      if (ms > 0 && !ending.aborted) await delay(ms, undefined, { signal: ending }).catch(() => undefined);
    },
    until: async (condition, withinMs) => {
      const deadline = performance.now() + withinMs;
      while (!condition()) {
        if (performance.now() >= deadline) return false;
        await delay(LOOK_EVERY_MS);
      }
      return true;
    },
    liveSockets: () => world.liveSockets(),
    lastSubscribedAt: () => world.lastSubscribedAt,
    openConversations: () => world.openConversations(),
    sendGarbage: (data, marker) => world.sendGarbage(data, marker),
    rotateSecret: (secret) => world.rotateSecret(secret),
  };
}
