import { describe, it } from 'vitest';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { examined, expectCause, expectHealthy } from './examined.ts';
import { startOrganisation } from './organisation.ts';
import { startStunnel } from './stunnel.ts';

const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly MockDialect[];

async function organisationBehindStunnel(dialect: MockDialect) {
  const { target, environmentBy } = await startOrganisation(dialect);
  const { url, authority } = await startStunnel(target);
  return { url, target, authority, environmentBy };
}

describe.each(DIALECTS)('through stunnel, with the dialect %s', (dialect) => {
  it('nothing is found when the authority of its certificate is trusted', async () => {
    const { url, authority, environmentBy } = await organisationBehindStunnel(dialect);
    const environment = environmentBy({ api: url, socket: url });
    expectHealthy(await examined({ ...environment, NODE_EXTRA_CA_CERTS: authority }));
  });

  it('a certificate of an authority that nobody knows is tls-intercepted', async () => {
    const { url, environmentBy } = await organisationBehindStunnel(dialect);
    expectCause(await examined(environmentBy({ api: url, socket: url })), 'tls-intercepted');
  });

  it('such a certificate on the way of the socket alone is tls-intercepted', async () => {
    const { url, target, environmentBy } = await organisationBehindStunnel(dialect);
    const environment = environmentBy({ api: `http://${target}`, socket: url });
    expectCause(await examined(environment), 'tls-intercepted');
  });
});
