import { join } from 'node:path';
import { expect, it } from 'vitest';
import { explainAll, explainCause, listCauses } from '../../doctor/explain.ts';
import { CAUSE_IDS, causeOf } from '../../listener/diagnosis/causes.ts';

it('docs/why-1006.md is what the catalogue of causes gives', async () => {
  await expect(explainAll()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/why-1006.md'));
});

it('has a section for each cause, the one that explain prints', () => {
  const page = explainAll();
  for (const id of CAUSE_IDS) expect(page.split(explainCause(id))).toHaveLength(2);
});

it('lists each cause with its title', () => {
  for (const id of CAUSE_IDS)
    expect(listCauses()).toMatch(new RegExp(`^${id} +${causeOf(id).title.replace(/[?.]/g, '.')}$`, 'm'));
});
