import { describe, it } from 'vitest';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { examined, expectCause, expectHealthy } from './examined.ts';
import { PASSES_UPGRADES, startNginx } from './nginx.ts';
import { onceAt, startOrganisation } from './organisation.ts';
import { freePort } from './peer-process.ts';

const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly MockDialect[];
/** More than the pings of the doctor are apart, so that only silence is cut. */
const IDLE = 'proxy_read_timeout 6s;';

async function examinedThroughNginx(dialect: MockDialect, sockets: string, rest = '') {
  const { target, environmentBy } = await startOrganisation(dialect);
  const url = await startNginx(target, sockets, rest);
  return examined(environmentBy({ api: url, socket: url }));
}

describe.each(DIALECTS)('through nginx, with the dialect %s', (dialect) => {
  it('nothing is found when nginx passes upgrades on', async () => {
    expectHealthy(await examinedThroughNginx(dialect, PASSES_UPGRADES + IDLE));
  });

  it.each([
    [401, 'upgrade-unauthorized'],
    [403, 'upgrade-unauthorized'],
    [404, 'wrong-path'],
    [503, 'upgrade-refused'],
  ])('an upgrade that nginx answers %i is %s', async (status, cause) => {
    expectCause(await examinedThroughNginx(dialect, `return ${status};`), cause);
  });

  it('an upgrade for which nginx reaches no server (502) is upgrade-refused', async () => {
    const nobody = `${PASSES_UPGRADES} if ($http_upgrade) { proxy_pass http://127.0.0.1:${await freePort()}; }`;
    expectCause(await examinedThroughNginx(dialect, nobody), 'upgrade-refused');
  });

  it('nginx that passes requests on without the headers of an upgrade is proxy-drops-upgrade', async () => {
    expectCause(await examinedThroughNginx(dialect, ''), 'proxy-drops-upgrade');
  });

  it('nginx that hangs up on upgrades (444) is proxy-drops-upgrade', async () => {
    expectCause(await examinedThroughNginx(dialect, 'return 444;'), 'proxy-drops-upgrade');
  });

  it('a socket that nginx cuts for being silent is idle-timeout', async () => {
    const { genesys, target, environmentBy } = await startOrganisation(dialect);
    const url = await startNginx(target, PASSES_UPGRADES + IDLE);
    const isSilent = onceAt(genesys, 'after-subscribe', async () => {
      genesys.controls.stall();
    });
    const report = await examined(environmentBy({ api: url, socket: url }), { seconds: 10 });
    await isSilent;
    expectCause(report, 'idle-timeout');
  });

  it('requests that nginx limits (429) are rate-limited', async () => {
    expectCause(await examinedThroughNginx(dialect, PASSES_UPGRADES, 'return 429;'), 'rate-limited');
  });

  it('requests for which nginx finds no server (502) are server-error', async () => {
    const nobody = `proxy_pass http://127.0.0.1:${await freePort()}; break;`;
    expectCause(
      await examinedThroughNginx(dialect, PASSES_UPGRADES, `if ($request_method) { ${nobody} }`),
      'server-error',
    );
  });
});
