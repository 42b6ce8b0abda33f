import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Standing } from '../../../lambda/relay/callback.ts';
import { runRelay } from '../../../lambda/relay/relay.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

const INVOCATION_MS = 900_000;
const HANDOVER_MS = 90_000;
/** When the next one is to be started: what is left then is for handing over, draining and the end. */
const DUE_MS = INVOCATION_MS - HANDOVER_MS - 20_000;
const BOOKS = {
  accepted: 0,
  published: 0,
  parked: 0,
  lost: 0,
  pending: 0,
  pendingBytes: 0,
  keys: 0,
  inFlight: 0,
  inTime: true,
};

type Answer = Standing | 'fails';

/** A relay whose listener and state machine are made up, with all that was done in order. */
function relay({ stopMs = 3_000, lost = 0 } = {}) {
  const clock = new ManualClock();
  const metrics = new MetricsAggregate();
  const told: string[] = [];
  const at = (what: string) => told.push(`${clock.monotonic()} ${what}`);
  const answers: { heartbeat: Answer; next: Answer } = { heartbeat: 'awaited', next: 'awaited' };
  const state = { ok: true };
  const answer = async (kind: Answer): Promise<Standing> => {
    if (kind === 'fails') throw new Error('no answer');
    return kind;
  };
  const ended = runRelay({
    listener: {
      clock,
      metrics,
      logger: pino({ level: 'silent' }),
      bridge: { liveness: () => ({ ok: state.ok, facts: {} }) },
      start: () => at('start'),
      report: () => at('report'),
      stop: async (drainMs, handoverMs) => {
        at(`stop ${drainMs} ${handoverMs}`);
        await clock.sleep(stopMs);
        return { ...BOOKS, lost };
      },
    },
    callback: {
      heartbeat: () => {
        at('heartbeat');
        return answer(answers.heartbeat);
      },
      next: () => {
        at('next');
        return answer(answers.next);
      },
      failed: (error) => {
        at(`failed ${error}`);
        return answer('awaited');
      },
    },
    handoverMs: HANDOVER_MS,
    remainingMs: () => INVOCATION_MS - clock.monotonic(),
  });
  const outcome = ended.then(
    () => 'ended',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unexpected'),
  );
  const without = (what: string) => told.filter((line) => !line.endsWith(what));
  return { clock, metrics, told, without, answers, state, outcome };
}

describe('a relay', () => {
  it('has the next one started in time, and goes on until it is told that the listener has stopped', async () => {
    const { clock, without, outcome } = relay();
    await clock.advance(INVOCATION_MS);
    expect(await outcome).toBe('ended');
    expect(without('heartbeat')).toEqual([
      '0 start',
      `${DUE_MS} next`,
      `${DUE_MS} report`,
      `${DUE_MS} stop 15000 ${HANDOVER_MS}`,
    ]);
  });

  it('says at once that it runs, and then often enough for one in four to be missed', async () => {
    const { clock, told } = relay();
    await clock.advance(20_000);
    const beats = told.filter((line) => line.endsWith('heartbeat')).map((line) => Number(line.split(' ')[0]));
    expect(beats).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  });

  it('makes room when nobody waits for it any more, and waits for another one as long as it can', async () => {
    const { clock, answers, without, outcome } = relay();
    await clock.advance(10_000);
    answers.heartbeat = 'closed';
    await clock.advance(10_000);
    expect(await outcome).toBe('ended');
    expect(without('heartbeat')).toEqual([
      '0 start',
      '15000 report',
      `15000 stop 15000 ${INVOCATION_MS - 35_000}`,
    ]);
  });

  it('takes a call that fails for nothing, counts it, and goes on', async () => {
    const { clock, answers, metrics, without, outcome } = relay();
    answers.heartbeat = 'fails';
    await clock.advance(60_000);
    expect(metrics.total('RelayCallFailures')).toBe(12);
    answers.heartbeat = 'awaited';
    await clock.advance(INVOCATION_MS);
    expect(await outcome).toBe('ended');
    expect(without('heartbeat')[1]).toBe(`${DUE_MS} next`);
  });

  it('asks for the next one again while there is time to hand over, and hands over in any case', async () => {
    const { clock, answers, told, outcome } = relay();
    answers.next = 'fails';
    await clock.advance(INVOCATION_MS);
    expect(await outcome).toBe('ended');
    expect(told.filter((line) => line.endsWith('next')).length).toBeGreaterThan(40);
    expect(told.at(-1)).toBe(`${DUE_MS + HANDOVER_MS / 2 + 1_000} stop 15000 44000`);
  });

  it('has another one started when it makes no progress, and ends with an error', async () => {
    const { clock, state, without, outcome } = relay();
    await clock.advance(10_000);
    state.ok = false;
    await clock.advance(20_000);
    expect(await outcome).toBe('RelayStuck');
    expect(without('heartbeat').slice(1, 2)).toEqual(['15000 failed RelayStuck']);
  });

  it('ends with an error when something was lost', async () => {
    const { clock, outcome } = relay({ lost: 2 });
    await clock.advance(INVOCATION_MS);
    expect(await outcome).toBe('RelayEventsLost');
  });

  it('says so itself when the listener does not stop in time, before it is killed', async () => {
    const { clock, outcome } = relay({ stopMs: INVOCATION_MS });
    await clock.advance(INVOCATION_MS - 1_000);
    expect(await outcome).toBe('RelayOverrun');
  });
});
