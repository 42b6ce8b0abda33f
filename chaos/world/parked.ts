import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ParkedReason } from '../oracle/records.ts';

const Line = z.looseObject({
  parkedAt: z.string(),
  reason: z.looseObject({ code: z.string() }),
  item: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('event'), detail: z.union([z.string(), z.looseObject({})]) }),
    z.looseObject({ kind: z.literal('frame'), encoding: z.enum(['utf8', 'base64']), body: z.string() }),
  ]),
});

/** What listeners have parked. */
export interface Parked {
  /** The files, those that hold an event. */
  readonly files: readonly string[];
  /** Details of events. */
  readonly details: readonly unknown[];
  /** Frames as text, bytes of binary ones read as such. */
  readonly frames: readonly string[];
  /** Why each of the events was parked. */
  readonly reasons: readonly ParkedReason[];
}

/** Reads all parking files of a campaign. Lines that are no JSON are torn ones: what was on them was parked again. */
export function readParked(folder: string): Parked {
  const files: string[] = [];
  const details: unknown[] = [];
  const frames: string[] = [];
  const reasons: ParkedReason[] = [];
  for (const file of parkingFiles(join(folder, 'parked'))) {
    let holdsEvent = false;
    for (const text of readFileSync(file, 'utf8').split('\n')) {
      const { item, reason, parkedAt = '' } = parseLine(text) ?? {};
      if (item?.kind === 'event') {
        holdsEvent = true;
        if (reason !== undefined)
          reasons.push({ code: reason.code, at: Date.parse(parkedAt), size: text.length });
        details.push(typeof item.detail === 'string' ? JSON.parse(item.detail) : item.detail);
      }
      if (item?.kind === 'frame')
        frames.push(item.encoding === 'utf8' ? item.body : Buffer.from(item.body, 'base64').toString('utf8'));
    }
    if (holdsEvent) files.push(file);
  }
  return { files, details, frames, reasons };
}

function parkingFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function parseLine(text: string): z.infer<typeof Line> | undefined {
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
