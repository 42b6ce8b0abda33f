import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { examineMock } from './against-mock.ts';
import { CASES, NOT_ALONE, type Row, tablePage } from './fault-table.ts';

// A test must not look names up: the one that is used here is known to have no address (RFC 6761).
vi.mock('node:dns/promises', () => ({
  lookup: () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' })),
}));

const PAGE = join(import.meta.dirname, '../../docs/diagnosis-table.md');
const usual = CASES.filter(({ isFirst }) => isFirst);
const rows: Row[] = [];

describe('each fault of the mock is told by its cause', { timeout: 30_000 }, () => {
  it.each(usual)('$dialect: $fault', async (each) => {
    const { dialect, fault, moment, expected } = each;
    const { report } = await examineMock([fault], { dialect, moment });
    rows.push({ ...each, causes: report.causes });
    const named = report.causes.map(({ id }) => id);
    expect(named).toEqual(expect.arrayContaining([...expected]));
    expect(named.length).toBeLessThanOrEqual(3);
    expect(report.healthy).toBe(false);
    // Alone, or with the reason why not; and a reason that is no longer true goes.
    const isAlone = named.length === expected.length;
    expect(isAlone).toBe(NOT_ALONE[`${dialect} ${fault}`] === undefined);
    if (!isAlone) expect(report.next.length).toBeGreaterThan(0);
  });

  it('and docs/diagnosis-table.md says which', async () => {
    expect(rows).toHaveLength(usual.length);
    await expect(tablePage(rows)).toMatchFileSnapshot(PAGE);
  });
});

describe.each(['channels', 'org-socket'] as const)('a healthy mock of %s', (dialect) => {
  it.each([10, 40])('has nothing wrong with it in %d seconds', async (seconds) => {
    const { report } = await examineMock([], { dialect, seconds });
    expect(report.steps.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(report).toMatchObject({ healthy: true, causes: [], experiments: [], notReached: [], more: 0 });
  });
});
