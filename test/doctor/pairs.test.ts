import { describe, expect, it, vi } from 'vitest';
import { FAULTS } from '../../mock/faults/play.ts';
import { examineMock } from './against-mock.ts';

// A test must not look names up: the one that is used here is known to have no address (RFC 6761).
vi.mock('node:dns/promises', () => ({
  lookup: () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' })),
}));

/** One of each group of causes; `PAIRS=all` in the environment takes every fault there is. */
const OF_EACH_KIND: ReadonlySet<string> = new Set([
  'secret-wrong',
  'token-revoked',
  'token-short-lived',
  'scope-missing',
  'permission-missing',
  'clock-skew',
  'origin-not-registered',
  'subscribe-no-filter',
  'connection-reset',
  'half-open',
  'channel-evicted',
  'rate-limited',
  'upgrade-404',
  'tls-intercepted',
]);

const pairs = (['channels', 'org-socket'] as const).flatMap((dialect) => {
  const faults = FAULTS.filter(
    ({ id, dialects }) =>
      dialects.includes(dialect) && (process.env['PAIRS'] === 'all' || OF_EACH_KIND.has(id)),
  );
  return faults.flatMap((first, index) =>
    faults
      .slice(index + 1)
      .map((second) => ({ dialect, first, second, pair: `${first.id} and ${second.id}` })),
  );
});

describe('two faults at once are both named, or one and that the doctor is to be run again', {
  timeout: 30_000,
}, () => {
  it.each(pairs)('$dialect: $pair', async ({ dialect, first, second }) => {
    const { report } = await examineMock([first.id, second.id], { dialect });
    const named: readonly string[] = report.causes.map(({ id }) => id);
    const isNamed = ({ expectedCauses }: typeof first) =>
      expectedCauses.some((cause) => named.includes(cause));
    expect(isNamed(first) || isNamed(second)).toBe(true);
    expect(named.length).toBeLessThanOrEqual(3);
    expect(report.runAgain).toBe(true);
  });
});
