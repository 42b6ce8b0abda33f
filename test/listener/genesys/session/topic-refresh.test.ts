import { describe, expect, it } from 'vitest';
import { TopicRefresh } from '../../../../listener/genesys/session/topic-refresh.ts';
import { ManualClock } from '../../../manual-clock.ts';
import { recordedLog } from '../organisation.ts';

function createRefresh() {
  const clock = new ManualClock();
  const { logger, lines } = recordedLog();
  /** Looks that are under way, with what ends each. */
  const looks: { readonly signal: AbortSignal; readonly fail: (error: Error) => void }[] = [];
  const subscriptions = {
    refreshMs: 60_000,
    refresh: (_connection: unknown, signal: AbortSignal) =>
      new Promise<void>((_resolve, fail) => looks.push({ signal, fail })),
  };
  const refresh = new TopicRefresh({ subscriptions, clock, logger });
  const connection = {
    subscribe: async () => ({ subscribed: 1, rejected: [] }),
    ping: () => undefined,
    close: async () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    terminate: () => undefined,
    expiresAtMs: undefined,
    label: 'a test',
  };
  const life = new AbortController();
  refresh.start({ connection, signal: life.signal });
  return { clock, looks, refresh, lines, life };
}

describe('looking up topics again', () => {
  it('rests while another connection is subscribed, and what is under way is given up', async () => {
    const { clock, looks, refresh, lines } = createRefresh();
    await clock.advance(60_000);
    expect(looks).toHaveLength(1);
    refresh.hold();
    expect(looks[0]?.signal.aborted).toBe(true);
    looks[0]?.fail(new Error('aborted'));
    await clock.advance(120_000);
    expect(looks).toHaveLength(1);
    expect(lines).toEqual([]);
    refresh.release();
    await clock.advance(60_000);
    expect(looks).toHaveLength(2);
  });

  it('ends with the connection', async () => {
    const { clock, looks, life, lines } = createRefresh();
    await clock.advance(60_000);
    life.abort();
    expect(looks[0]?.signal.aborted).toBe(true);
    looks[0]?.fail(new Error('aborted'));
    await clock.advance(0);
    expect(lines).toEqual([]);
  });

  it('is told of when it fails, and goes on', async () => {
    const { clock, looks, lines, refresh } = createRefresh();
    await clock.advance(60_000);
    looks[0]?.fail(new Error('a bad minute'));
    await clock.advance(60_000);
    expect(looks).toHaveLength(2);
    expect(lines).toHaveLength(1);
    refresh.stop();
    expect(clock.pending).toBe(0);
  });
});
