import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Sample = z.object({
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  /** Bytes. */
  heap: z.number(),
  /** Bytes. */
  rss: z.number(),
  handles: z.number(),
  /** Processor time since the process began, microseconds. */
  cpu: z.number(),
});
export type Sample = z.infer<typeof Sample>;

const MIB = 1024 * 1024;
/** How much more the last quarter may have than the third, as a share and at least; see docs/chaos.md. */
const TOLERANCES = {
  heapMb: { share: 0.1, least: 10 },
  rssMb: { share: 0.2, least: 40 },
  handles: { share: 0.1, least: 5 },
} as const;

/** What a process weighed in the third and in the last quarter of a time: what leaks is heavier in the last. */
export interface Footprint {
  /** How long it was looked at. */
  readonly seconds: number;
  /** The least heap in use, which is what is left after collections; MiB. */
  readonly heapMb: readonly [third: number, last: number];
  /** The least resident memory: while a gap is being closed there is more, which is given back; MiB. */
  readonly rssMb: readonly [third: number, last: number];
  /** The most resident memory of the whole time: what a task needs; MiB. */
  readonly rssPeakMb: number;
  /** The least of timers, sockets and requests that keep the event loop busy: requests come and go with the load. */
  readonly handles: readonly [third: number, last: number];
  /** Processor time, as a share of one core. */
  readonly cpu: readonly [third: number, last: number];
}

/**
 * Reads what a listener noted of itself, a sample a second.
 * @param until what came later does not count, milliseconds since the Unix epoch
 * @returns undefined when it lived too shortly to tell
 */
export function readFootprint(file: string, until: number): Footprint | undefined {
  const samples = linesOf(file).flatMap((line) => {
    const parsed = Sample.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
  return footprintOf(samples.filter(({ at }) => at <= until));
}

/** What this process weighs now; listeners note the same of themselves, by `preload.mjs`. */
export function sampleProcess(): Sample {
  const { heapUsed: heap, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { at: Date.now(), heap, rss, handles: process.getActiveResourcesInfo().length, cpu: user + system };
}

/** @param samples one a second, oldest first */
export function footprintOf(samples: readonly Sample[]): Footprint | undefined {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 5) return undefined;
  const third = samples.slice(-2 * quarter, -quarter);
  const last = samples.slice(-quarter);
  const both = (of: (part: readonly Sample[]) => number) => [of(third), of(last)] as const;
  return {
    seconds: samples.length,
    heapMb: both((part) => inMib(Math.min(...part.map(({ heap }) => heap)))),
    rssMb: both((part) => inMib(Math.min(...part.map(({ rss }) => rss)))),
    rssPeakMb: inMib(Math.max(...samples.map(({ rss }) => rss))),
    handles: both((part) => Math.min(...part.map(({ handles }) => handles))),
    cpu: both(cpuShareOf),
  };
}

/** Whether the last quarter has no more than the third, within the tolerances. */
export function isFlat(footprint: Footprint): boolean {
  return (['heapMb', 'rssMb', 'handles'] as const).every((what) => {
    const [third, last] = footprint[what];
    const { share, least } = TOLERANCES[what];
    return last - third <= Math.max(third * share, least);
  });
}

function cpuShareOf(part: readonly Sample[]): number {
  const [first, last] = [part[0], part.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return 0;
  return Math.round((last.cpu - first.cpu) / (last.at - first.at) / 10) / 100;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // A listener that was killed at once has noted nothing.
    return [];
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function inMib(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}
