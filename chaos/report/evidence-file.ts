import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { Outcome } from './outcome.ts';

/** So many items are made one text. */
const SLICE = 5_000;

/**
 * Writes what went in and what came out as one JSON object, for programs that look for what happened to one change. Of
 * hundreds of thousands of changes it would be too long for a string, so it is written piece by piece.
 */
export function writeEvidence(
  file: string,
  { evidence, startedAt }: Pick<Outcome, 'evidence' | 'startedAt'>,
): void {
  const to = openSync(file, 'w');
  try {
    let before = '{';
    for (const [name, value] of Object.entries({ startedAt, ...evidence })) {
      writeFileSync(to, `${before}${JSON.stringify(name)}:`);
      writeValue(to, value);
      before = ',';
    }
    writeFileSync(to, '}\n');
  } finally {
    closeSync(to);
  }
}

function writeValue(to: number, value: unknown): void {
  if (!Array.isArray(value)) {
    writeFileSync(to, JSON.stringify(value, plain) ?? 'null');
    return;
  }
  for (let from = 0; from < value.length; from += SLICE)
    writeFileSync(
      to,
      `${from === 0 ? '[' : ','}${JSON.stringify(value.slice(from, from + SLICE), plain).slice(1, -1)}`,
    );
  writeFileSync(to, value.length === 0 ? '[]' : ']');
}

function plain(_key: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value instanceof Map ? Object.fromEntries(value) : value;
}
