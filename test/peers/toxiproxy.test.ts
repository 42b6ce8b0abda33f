import { describe, expect, it } from 'vitest';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { examined, expectCause, expectHealthy } from './examined.ts';
import { onceAt, startOrganisation } from './organisation.ts';
import { startToxiproxy, type Toxic } from './toxiproxy.ts';

const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly MockDialect[];

/** An organisation with Toxiproxy in between, on a way for requests and one for the socket. */
async function organisationBehindToxiproxy(dialect: MockDialect) {
  const { genesys, target, environmentBy } = await startOrganisation(dialect);
  const layWay = await startToxiproxy();
  const api = await layWay(target);
  const socket = await layWay(target);
  return { genesys, api, socket, environment: environmentBy({ api: api.url, socket: socket.url }) };
}

const resetAfter = (timeout: number): Toxic => ({
  type: 'reset_peer',
  stream: 'downstream',
  attributes: { timeout },
});

/** The connection stays, but nothing comes any more. */
const STOPPED: Toxic = { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } };

describe.each(DIALECTS)('through Toxiproxy, with the dialect %s', (dialect) => {
  it('nothing is found when Toxiproxy only passes on', async () => {
    const { environment } = await organisationBehindToxiproxy(dialect);
    expectHealthy(await examined(environment));
  });

  it('a port that is closed is tcp-refused', async () => {
    const { api, environment } = await organisationBehindToxiproxy(dialect);
    await api.disable();
    expectCause(await examined(environment), 'tcp-refused');
  });

  it('a reset of every connection is connection-reset', async () => {
    const { api, socket, environment } = await organisationBehindToxiproxy(dialect);
    await api.add(resetAfter(0));
    await socket.add(resetAfter(0));
    expectCause(await examined(environment), 'connection-reset');
  });

  it('a reset of the socket alone, at once, is proxy-drops-upgrade', async () => {
    const { socket, environment } = await organisationBehindToxiproxy(dialect);
    await socket.add(resetAfter(0));
    expectCause(await examined(environment), 'proxy-drops-upgrade');
  });

  it('a reset of a socket that has been live is connection-reset', async () => {
    const { genesys, socket, environment } = await organisationBehindToxiproxy(dialect);
    const isReset = onceAt(genesys, 'live', () => socket.add(resetAfter(0)));
    const report = await examined(environment, { seconds: 6 });
    await isReset;
    expectCause(report, 'connection-reset');
  });

  it('an upgrade whose answer never comes is proxy-drops-upgrade', async () => {
    const { socket, environment } = await organisationBehindToxiproxy(dialect);
    await socket.add(STOPPED);
    expectCause(await examined(environment), 'proxy-drops-upgrade');
  });

  it('a socket that is half-open once it has subscribed is heartbeat-missing', async () => {
    const { genesys, socket, environment } = await organisationBehindToxiproxy(dialect);
    const isHalfOpen = onceAt(genesys, 'after-subscribe', () => socket.add(STOPPED));
    const report = await examined(environment, { seconds: 8 });
    await isHalfOpen;
    expectCause(report, 'heartbeat-missing');
  });

  it('a socket that is cut after some kilobytes of events is connection-reset', async () => {
    const { socket, environment } = await organisationBehindToxiproxy(dialect);
    await socket.add({ type: 'limit_data', stream: 'downstream', attributes: { bytes: 8_000 } });
    const report = await examined(environment, { seconds: 10 });
    expectCause(report, 'connection-reset');
    // The cut came after the confirmation, not before.
    expect(report.steps.find(({ id }) => id === 'subscribe')?.status).toBe('ok');
  });

  it('answers that take two seconds are network-slow', async () => {
    const { api, socket, environment } = await organisationBehindToxiproxy(dialect);
    const latency: Toxic = { type: 'latency', stream: 'downstream', attributes: { latency: 2_000 } };
    await api.add(latency);
    await socket.add(latency);
    expectCause(await examined(environment), 'network-slow');
  });
});
