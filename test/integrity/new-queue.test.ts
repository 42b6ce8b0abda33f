import { expect, it } from 'vitest';
import { eventSchemas } from '../../listener/contract/event.ts';
import { until } from '../until.ts';
import { startBridge } from './harness.ts';

it('a queue that is new is subscribed to, and what happened there before is asked for and told as a gap', async () => {
  const { goLive, centre, server, elapse, clock } = await startBridge();
  const startedAt = clock.now();
  await goLive();
  centre.addQueue('Brand New');
  await elapse(300_000, 10_000);
  const gaps = () =>
    server.events.flatMap((event) => {
      const parsed = eventSchemas['Bridge Gap Detected'].safeParse(event);
      return parsed.success ? [parsed.data.detail.gap] : [];
    });
  await until(() => gaps().length > 0);
  expect(gaps()).toEqual([expect.objectContaining({ reason: 'topics-added' })]);
  expect(Date.parse(gaps()[0]?.from ?? '')).toBeLessThanOrEqual(startedAt);
});
