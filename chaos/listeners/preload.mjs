// Loaded before the listener: shifts the clock of its process by what a file says, looked at ten times a second, and
// notes once a second what the process weighs.
import { appendFile, readFileSync } from 'node:fs';

const RealDate = Date;
let shiftMs = 0;

function readShift() {
  try {
    shiftMs = Number(readFileSync(process.env.CHAOS_CLOCK_FILE, 'utf8'));
  } catch {
    shiftMs = 0;
  }
}

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
setInterval(readShift, 100).unref();
readShift();

setInterval(() => {
  const { heapUsed: heap, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  const { user, system } = process.cpuUsage();
  const sample = { at: RealDate.now(), heap, rss, handles, cpu: user + system };
  appendFile(process.env.CHAOS_FOOTPRINT_FILE, `${JSON.stringify(sample)}\n`, () => undefined);
}, 1_000).unref();
