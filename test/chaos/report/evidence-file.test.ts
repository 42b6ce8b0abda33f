import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeEvidence } from '../../../chaos/report/evidence-file.ts';
import { evidence, gap, seen, sent } from '../oracle/evidence.ts';

it('the file of evidence is one JSON object, with more changes than are written at once, and none left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'evidence.json');
  const changes = Array.from({ length: 10_001 }, (_, index) => sent(index + 1));
  const given = evidence({
    sent: changes,
    events: changes.slice(0, 5_000).map((change) => seen(change)),
    gaps: [gap(1, 2)],
    truth: new Map([['c', 'connected']]),
    holders: [{ caller: 'listener-1', at: 1 }],
  });
  writeEvidence(file, { evidence: given, startedAt: 7 });
  const read = JSON.parse(readFileSync(file, 'utf8'));
  expect(read).toMatchObject({
    startedAt: 7,
    holders: [{ caller: 'listener-1' }],
    truth: { c: 'connected' },
  });
  expect(read.sent.map(({ change }: { change: number }) => change)).toEqual(
    changes.map(({ change }) => change),
  );
  expect([read.sent[0].channels, read.events.length, read.garbage]).toEqual([['channel'], 5_000, []]);
});
