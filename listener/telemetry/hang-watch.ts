import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { describeError } from '../errors.ts';
import type { Metrics } from './metrics.ts';

export interface HangWatchOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How often the process gives a sign of life, and how often that is looked at, in milliseconds; a second unless said. */
  readonly everyMs?: number;
  /** After so many looks in vain it is killed; 60 unless said. */
  readonly patience?: number;
}

/**
 * Runs in a thread of its own, which goes on while the other hangs. It counts its own looks, not the time: while the
 * whole process is stopped (SIGSTOP, a suspended machine) it doesn't look either, so that nobody is killed for that.
 * Text, since a bundle is one file, and a worker needs nothing of the rest.
 */
const LOOKOUT = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { beats, everyMs, patience } = workerData;
let last = Atomics.load(beats, 0);
let inVain = 0;
setInterval(() => {
  const now = Atomics.load(beats, 0);
  inVain = now === last ? inVain + 1 : 0;
  last = now;
  if (inVain < patience) return;
  const time = new Date().toISOString();
  const msg = 'the process has hung for ' + (inVain * everyMs) / 1000 + ' s and is killed, so that it is started again';
  try {
    writeSync(2, JSON.stringify({ level: 'fatal', time, msg }) + '\\n');
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}, everyMs);
`;

/**
 * Kills the process when its event loop hangs for good: it could not answer `/healthz` then, and where nobody asks,
 * nobody would start it again. Not while a debugger is attached.
 * @returns a function that ends the watch
 */
export function startHangWatch({
  logger,
  metrics,
  everyMs = 1_000,
  patience = 60,
}: HangWatchOptions): () => Promise<void> {
  if (inspectorUrl() !== undefined) return async () => {};
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const beating = setInterval(() => Atomics.add(beats, 0, 1), everyMs);
  beating.unref();
  const worker = new Worker(LOOKOUT, {
    eval: true,
    // It needs neither the loader of the sources nor the secrets of the environment.
    execArgv: [],
    env: {},
    workerData: { beats, everyMs, patience },
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  worker.unref();
  worker.on('error', (error) => {
    metrics.count('InternalErrors');
    logger.error({ cause: describeError(error) }, 'nobody watches whether the process hangs');
  });
  return async () => {
    clearInterval(beating);
    await worker.terminate();
  };
}
