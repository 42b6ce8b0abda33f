import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';

const COMMAND = join(import.meta.dirname, '../../bin/conversation-bridge.js');
/** Where a cause can't be told from others, no more than this may be named. */
const MOST_CAUSES = 3;

const reportSchema = z.object({
  healthy: z.boolean(),
  causes: z.array(z.object({ id: z.string(), confidence: z.string(), because: z.string() })),
  steps: z.array(z.object({ id: z.string(), status: z.string(), summary: z.string() })),
});

/** What the doctor said, as far as these tests ask. */
export type Examined = z.infer<typeof reportSchema>;

export interface ExamineOptions {
  /** How long the connection is watched. */
  readonly seconds?: number;
  /** What the doctor is started by, such as a command that enters a network namespace. */
  readonly startedBy?: readonly string[];
}

/** Runs `conversation-bridge doctor` as a process of its own. @throws Error when it printed no report */
export async function examined(
  environment: Readonly<Record<string, string>>,
  { seconds = 3, startedBy = [] }: ExamineOptions = {},
): Promise<Examined> {
  const [program = '', ...args] = [
    ...startedBy,
    process.execPath,
    COMMAND,
    'doctor',
    '--json',
    '--seconds',
    `${seconds}`,
  ];
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(
      program,
      args,
      { env: { PATH: process.env['PATH'], ...environment } },
      (error, out, complaint) => {
        // It ends with 1 when it has found something.
        if (error && error.code !== 1) reject(new Error(`the doctor failed: ${complaint}`, { cause: error }));
        else resolve(out);
      },
    );
  });
  return reportSchema.parse(JSON.parse(printed));
}

/** The doctor names the cause, and few others with it. */
export function expectCause(report: Examined, cause: string): void {
  const named = report.causes.map(({ id }) => id);
  const told = JSON.stringify(report, null, 2);
  expect(named, told).toContain(cause);
  expect(named.length, told).toBeLessThanOrEqual(MOST_CAUSES);
}

/** The doctor names nothing. */
export function expectHealthy(report: Examined): void {
  expect(report.causes, JSON.stringify(report.steps, null, 2)).toEqual([]);
  expect(report.healthy).toBe(true);
}
