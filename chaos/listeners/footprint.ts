import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Sample = z.object({ heap: z.number(), rss: z.number(), handles: z.number() });
type Sample = z.infer<typeof Sample>;

const MIB = 1024 * 1024;

/** What a process weighed in the third and in the last quarter of its life: what leaks is heavier in the last. */
export interface Footprint {
  readonly seconds: number;
  /** The least heap in use, which is what is left after collections; MiB. */
  readonly heapMb: readonly [third: number, last: number];
  /** The median of resident memory; MiB. */
  readonly rssMb: readonly [third: number, last: number];
  /** The median of timers, sockets and requests that keep the event loop busy. */
  readonly handles: readonly [third: number, last: number];
}

/** Reads what a listener noted of itself, a sample a second; undefined when it lived too shortly to tell. */
export function readFootprint(file: string): Footprint | undefined {
  const samples = linesOf(file).flatMap((line) => {
    const parsed = Sample.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
  return footprintOf(samples);
}

export function footprintOf(samples: readonly Sample[]): Footprint | undefined {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 5) return undefined;
  const third = samples.slice(-2 * quarter, -quarter);
  const last = samples.slice(-quarter);
  const both = (of: (part: readonly Sample[]) => number) => [of(third), of(last)] as const;
  return {
    seconds: samples.length,
    heapMb: both((part) => inMib(Math.min(...part.map(({ heap }) => heap)))),
    rssMb: both((part) => inMib(median(part.map(({ rss }) => rss)))),
    handles: both((part) => median(part.map(({ handles }) => handles))),
  };
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function inMib(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}
