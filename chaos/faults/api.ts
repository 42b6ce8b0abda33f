import type { Fault } from './fault.ts';

const ANYTHING = /^\/(api|oauth)\//;

/** What happens to calls of the API and the login. They show when a connection has to be made, or a gap closed. */
export const API_FAULTS: readonly Fault[] = [
  {
    name: 'rest-throttled',
    does: 'answers API and login with 429 and a Retry-After for some seconds',
    lane: 'api',
    lastsMs: 6_000,
    mayMiss: false,
    hindersCalls: true,
    play: async (stage, random) => {
      const seconds = random.int(1, 3);
      const heal = stage.genesys.controls.failNext('*', ANYTHING, {
        status: 429,
        headers: { 'retry-after': String(seconds) },
        body: { status: 429, code: 'too.many.requests', message: 'Rate limit exceeded' },
        times: Number.POSITIVE_INFINITY,
      });
      await stage.pause(random.int(2_000, 6_000));
      heal();
      return { detail: `Retry-After ${seconds} s` };
    },
  },
  {
    name: 'rest-failing',
    does: 'answers API and login with 500, 502 or 503 for some seconds',
    lane: 'api',
    lastsMs: 6_000,
    mayMiss: false,
    hindersCalls: true,
    play: async (stage, random) => {
      const status = random.pick([500, 502, 503]);
      const heal = stage.genesys.controls.failNext('*', ANYTHING, {
        status,
        body: '<html>bad gateway</html>',
        times: Number.POSITIVE_INFINITY,
      });
      await stage.pause(random.int(2_000, 6_000));
      heal();
      return { detail: String(status) };
    },
  },
  {
    name: 'rest-slow',
    does: 'answers API and login 1 to 4 s late for some seconds',
    lane: 'api',
    lastsMs: 8_000,
    mayMiss: false,
    hindersCalls: true,
    play: async (stage, random) => {
      const ms = random.int(1_000, 4_000);
      const heal = stage.genesys.controls.delayRequests(ANYTHING, ms);
      await stage.pause(random.int(4_000, 8_000));
      heal();
      return { detail: `${ms} ms` };
    },
  },
];
