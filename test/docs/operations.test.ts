import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RECOVERIES } from '../../listener/genesys/session/end-reason.ts';
import { SESSION_STATES } from '../../listener/genesys/session/state.ts';
import { METRICS } from '../../listener/telemetry/metrics.ts';

const text = await readFile(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');

it('docs/operations.md lists each metric with its unit and meaning, and no other', () => {
  const rows = [...text.matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| (.+) \|$/gm)].map(
    ([, name, unit, meaning]) => [name, unit, meaning],
  );
  expect(rows).toEqual(Object.entries(METRICS).map(([name, [unit, meaning]]) => [name, unit, meaning]));
});

it('docs/operations.md lists each state of the session, and no other', () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| [^|]+ \|$/gm)].map(([, state]) => state);
  expect(rows).toEqual(SESSION_STATES);
});

it('docs/operations.md lists each reason for which a connection ends, and what follows', () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.+) \| `([a-z-]+)` \|$/gm)].map(
    ([, reason, meaning, next]) => [reason, meaning, next],
  );
  expect(rows).toEqual(
    Object.entries(RECOVERIES).map(([reason, { meaning, next }]) => [reason, meaning, next]),
  );
});
