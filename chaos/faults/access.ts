import { randomBytes } from 'node:crypto';
import { DEFAULT_CLIENT } from '../../mock/genesys/server.ts';
import type { Fault } from './fault.ts';

/** Seconds that a token lives when lives are short. */
const TOKEN_SECONDS = 25;
/**
 * Milliseconds that a channel lives then: it is left before its token is, not so soon that it is left in haste, and lives for longer
 * than clocks are moved.
 */
export const SHORT_CHANNEL_LIFE_MS = 20_000;

/** What happens to tokens, secrets and channels. */
export const ACCESS_FAULTS: readonly Fault[] = [
  {
    name: 'token-revoked',
    does: 'revokes every token, and with them ends every channel',
    lane: 'connection',
    lastsMs: 1_000,
    mayMiss: true,
    play: async ({ genesys }) => ({
      detail: `${genesys.controls.endTokens('revoked', DEFAULT_CLIENT.id)} tokens`,
    }),
  },
  {
    name: 'secret-rotated',
    does: 'makes another secret the one that logs in, while tokens live on; Secrets Manager has it up to 2 s later',
    lane: 'connection',
    lastsMs: 8_500,
    mayMiss: false,
    play: async (stage, random) => {
      const { inGenesys, inAws } = stage.rotateSecret(`rotated-${randomBytes(12).toString('hex')}`);
      const lateMs = random.int(0, 2_000);
      inGenesys();
      await stage.pause(lateMs);
      inAws();
      await stage.pause(6_000);
      return { detail: `known to AWS ${lateMs} ms later` };
    },
  },
  {
    name: 'channel-evicted',
    does: 'ends a channel as a 21st one of the same client does, of a listener, or of all',
    lane: 'connection',
    lastsMs: 1_000,
    mayMiss: true,
    play: async ({ genesys }, random) => {
      const all = genesys.controls.channels().filter(({ connected }) => connected);
      const chosen = all.length > 1 && random.chance(0.6) ? [random.pick(all)] : all;
      for (const { id } of chosen) genesys.controls.evict(id);
      return { detail: `${chosen.length} of ${all.length}` };
    },
  },
  {
    name: 'server-clock',
    does: 'sets the clocks of Genesys Cloud ahead or behind for some seconds',
    lane: 'api',
    lastsMs: 6_000,
    mayMiss: false,
    play: async (stage, random) => {
      const ms = random.pick([-90_000, -20_000, 20_000, 90_000]);
      stage.genesys.controls.skewClock(ms);
      await stage.pause(random.int(3_000, 6_000));
      stage.genesys.controls.skewClock(0);
      return { detail: `${ms} ms` };
    },
  },
  {
    name: 'short-tokens',
    does: `gives out tokens that live ${TOKEN_SECONDS} s, so that they are renewed again and again`,
    lane: 'whole',
    lastsMs: 0,
    mayMiss: false,
    play: async ({ genesys }) => {
      genesys.controls.spoilTokens({ lifetimeSeconds: TOKEN_SECONDS });
      return { detail: '' };
    },
  },
  {
    name: 'short-channels',
    does: `gives out channels that live ${SHORT_CHANNEL_LIFE_MS / 1000} s, so that they are replaced again and again`,
    lane: 'whole',
    lastsMs: 0,
    mayMiss: false,
    // Their life is set when the mock is started.
    play: async () => ({ detail: '' }),
  },
];
