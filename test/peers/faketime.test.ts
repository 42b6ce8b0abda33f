import { describe, it } from 'vitest';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { examined, expectCause, expectHealthy } from './examined.ts';
import { installed } from './install.ts';
import { startOrganisation } from './organisation.ts';
import { startStunnel } from './stunnel.ts';

const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly MockDialect[];

/** What makes a process see another time of day. Its timers stay right. */
async function clockOff(offset: string): Promise<Readonly<Record<string, string>>> {
  return { LD_PRELOAD: await installed('libfaketime'), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

describe.each(DIALECTS)('with a clock by libfaketime, and the dialect %s', (dialect) => {
  it('nothing is found when the clock is right', async () => {
    const { genesys, environmentBy } = await startOrganisation(dialect);
    const environment = environmentBy({ api: genesys.url, socket: genesys.url });
    expectHealthy(await examined({ ...environment, ...(await clockOff('+0s')) }));
  });

  it.each(['+20m', '-20m', '-2d'])('a clock that is off by %s is clock-skew', async (offset) => {
    const { genesys, environmentBy } = await startOrganisation(dialect);
    const environment = environmentBy({ api: genesys.url, socket: genesys.url });
    expectCause(await examined({ ...environment, ...(await clockOff(offset)) }), 'clock-skew');
  });

  it('a certificate that is not valid yet by a clock that is behind is clock-skew', async () => {
    const { target, environmentBy } = await startOrganisation(dialect);
    const { url, authority } = await startStunnel(target);
    const environment = environmentBy({ api: url, socket: url });
    const behind = { ...(await clockOff('-2d')), NODE_EXTRA_CA_CERTS: authority };
    expectCause(await examined({ ...environment, ...behind }), 'clock-skew');
  });
});
