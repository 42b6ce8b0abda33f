import { describe, expect, it } from 'vitest';
import { CAUSE_GROUPS, CAUSE_IDS, causeOf, isCauseId } from '../../../listener/diagnosis/causes.ts';
import { FAULTS } from '../../../mock/faults/play.ts';

describe('the catalogue of causes', () => {
  it.each(CAUSE_IDS)('tells of %s what happens, how it is told, and what to do', (id) => {
    const { title, explanation, toldBy, fix, dialects } = causeOf(id);
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    const sentences = explanation.match(/[^.]+\.(\s|$)/g) ?? [];
    expect(sentences.length).toBeGreaterThanOrEqual(2);
    expect(sentences.length).toBeLessThanOrEqual(4);
    expect(toldBy).toMatch(/[^.]$/);
    expect(fix.length).toBeGreaterThan(0);
    for (const step of fix) expect(step).toMatch(/^[A-Z].*[.]$/);
    expect(dialects.length).toBeGreaterThan(0);
  });

  it('has a cause for every group, in the order of the groups for those who read them all', () => {
    expect(new Set(CAUSE_IDS.map((id) => causeOf(id).group))).toEqual(new Set(CAUSE_GROUPS));
  });

  it('has every cause that a fault of the mock should be told by', () => {
    const expected = new Set(FAULTS.flatMap(({ expectedCauses }) => expectedCauses));
    expect([...expected].filter((id) => !isCauseId(id))).toEqual([]);
  });

  it('knows its ids, and takes no other name for one', () => {
    expect(isCauseId('idle-timeout')).toBe(true);
    expect(isCauseId('toString')).toBe(false);
  });
});
