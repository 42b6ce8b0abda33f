import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a listener says when it is about to replace a connection that works. */
const MARK = '"msg":"handing over: ';
const Line = z.looseObject({ reason: z.string() });

/** How often listeners replaced a connection before it had ended, by the reason; from their logs. */
export function handoversIn(logs: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of readdirSync(logs).filter((each) => each.endsWith('.log'))) {
    const lines = readFileSync(join(logs, name), 'utf8').split('\n');
    for (const line of lines.filter((each) => each.includes(MARK))) {
      const { reason } = Line.parse(JSON.parse(line));
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
  }
  return counts;
}
