import { describe, expect, it } from 'vitest';
import { examineMock } from './against-mock.ts';
import { CASES } from './fault-table.ts';

const unusual = CASES.filter(({ isFirst }) => !isFirst);

describe('a fault is told by its cause at whatever moment it strikes', { timeout: 30_000 }, () => {
  it.each(unusual)('$dialect: $fault at $moment', async ({ dialect, fault, moment, expected }) => {
    const { report } = await examineMock([fault], { dialect, moment });
    const named = report.causes.map(({ id }) => id);
    expect(named).toEqual(expect.arrayContaining([...expected]));
    expect(named.length).toBeLessThanOrEqual(3);
  });
});
