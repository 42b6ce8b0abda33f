import { describe, expect, it } from 'vitest';
import { ProgressWatch } from '../../../listener/telemetry/progress.ts';
import { ManualClock } from '../../manual-clock.ts';

function createWatch() {
  const clock = new ManualClock();
  const work = { busy: false, steps: 0 };
  const watch = new ProgressWatch(
    clock,
    () => work.busy,
    () => work.steps,
  );
  watch.start();
  return { clock, work, watch };
}

describe('progress', () => {
  it('is not missed while there is nothing to do', async () => {
    const { clock, watch } = createWatch();
    await clock.advance(60 * 60_000);
    expect(watch.stuck).toBe(false);
    expect(watch.idleMs).toBe(0);
  });

  it('is missed two minutes after work stood still', async () => {
    const { clock, work, watch } = createWatch();
    await clock.advance(60_000);
    work.busy = true;
    await clock.advance(119_999);
    expect(watch.stuck).toBe(false);
    await clock.advance(1);
    expect(watch.stuck).toBe(true);
  });

  it('is made by any step, also one in vain', async () => {
    const { clock, work, watch } = createWatch();
    work.busy = true;
    for (let minutes = 0; minutes < 30; minutes++) {
      await clock.advance(60_000);
      work.steps++;
    }
    expect(watch.stuck).toBe(false);
    await clock.advance(125_000);
    expect(watch.stuck).toBe(true);
    work.steps++;
    expect(watch.stuck).toBe(false);
  });

  it('begins anew when work was done and other work comes', async () => {
    const { clock, work, watch } = createWatch();
    work.busy = true;
    await clock.advance(119_000);
    work.busy = false;
    await clock.advance(10_000);
    work.busy = true;
    await clock.advance(100_000);
    expect(watch.stuck).toBe(false);
  });

  it('is not watched after the end', async () => {
    const { clock, watch } = createWatch();
    await clock.advance(60_000);
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});
