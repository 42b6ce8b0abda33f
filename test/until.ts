import { vi } from 'vitest';

/** Lets real sockets run until something holds. Time on a `ManualClock` stands still meanwhile. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!condition()) throw new Error(`this never came true: ${condition}`);
    },
    { timeout: 4_000, interval: 1 },
  );
}
