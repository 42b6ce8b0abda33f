import { describe, it } from 'vitest';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import { examined, expectCause, expectHealthy } from './examined.ts';
import { startWalledOrganisation } from './network-namespace.ts';

const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly MockDialect[];

const containing = (text: string) => ['-m', 'string', '--algo', 'bm', '--string', text];
/** Stands in every event, and in nothing else that a server says. */
const EVENT = { channels: '"eventBody"', 'org-socket': '"event_type"' } as const;

describe.each(DIALECTS)('behind iptables, with the dialect %s', (dialect) => {
  const examinedBehind = async (direction: 'in' | 'out', rule: readonly string[], seconds = 3) => {
    const { environment, startedBy, filter } = await startWalledOrganisation(dialect);
    await filter(direction, rule);
    return examined(environment, { startedBy, seconds });
  };

  it('nothing is found when iptables accepts everything', async () => {
    expectHealthy(await examinedBehind('in', ['-j', 'ACCEPT']));
  });

  it('packets that are dropped are tcp-timeout', async () => {
    expectCause(await examinedBehind('in', ['-j', 'DROP']), 'tcp-timeout');
  });

  it('answers that are dropped are tcp-timeout', async () => {
    expectCause(await examinedBehind('out', ['-j', 'DROP']), 'tcp-timeout');
  });

  it('connections that are rejected with a reset are tcp-refused', async () => {
    expectCause(await examinedBehind('in', ['-j', 'REJECT', '--reject-with', 'tcp-reset']), 'tcp-refused');
  });

  it('upgrades that are dropped are proxy-drops-upgrade', async () => {
    const report = await examinedBehind('in', [...containing('Upgrade: websocket'), '-j', 'DROP']);
    expectCause(report, 'proxy-drops-upgrade');
  });

  it('upgrades that are rejected with a reset are proxy-drops-upgrade', async () => {
    const reset = ['-j', 'REJECT', '--reject-with', 'tcp-reset'];
    const report = await examinedBehind('in', [...containing('Upgrade: websocket'), ...reset]);
    expectCause(report, 'proxy-drops-upgrade');
  });

  it('a connection that is dropped from the first event on is heartbeat-missing', async () => {
    const report = await examinedBehind('out', [...containing(EVENT[dialect]), '-j', 'DROP'], 8);
    expectCause(report, 'heartbeat-missing');
  });
});
