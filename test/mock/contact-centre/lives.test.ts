import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';
import { ARRAYS, isLive, Snapshot, sessionsOf } from './snapshot.ts';

/** Every state of every conversation, in order, over so many updates. */
async function watch(
  seed: number,
  updates: number,
): Promise<Map<string, { at: number; snapshot: Snapshot }[]>> {
  const clock = new ManualClock();
  const centre = new ContactCentre({ seed, clock, agents: 6, queues: 3 });
  const lives = new Map<string, { at: number; snapshot: Snapshot }[]>();
  centre.on('change', ({ conversationId, at }) => {
    if (conversationId === undefined) return;
    const snapshot = Snapshot.parse(JSON.parse(JSON.stringify(centre.truth(conversationId))));
    lives.set(conversationId, [...(lives.get(conversationId) ?? []), { at, snapshot }]);
  });
  for (let update = 0; update < updates; update += 1) {
    centre.step();
    if (update % 3 === 0) await clock.advance(1370);
  }
  return lives;
}

/** Other seeds each time; a failure names its seed. */
const SEEDS = fc.sample(fc.integer({ min: 0, max: 1_000_000 }), 8);
const watched = new Map<number, Awaited<ReturnType<typeof watch>>>();

beforeAll(async () => {
  for (const seed of SEEDS) watched.set(seed, await watch(seed, 200));
});

function forAll(check: (states: { at: number; snapshot: Snapshot }[], seed: string) => void): void {
  for (const [seed, lives] of watched) {
    expect(lives.size).toBeGreaterThan(3);
    for (const states of lives.values()) check(states, `seed ${seed}`);
  }
}

describe('a simulated conversation', () => {
  it('only ever grows: participants keep their places and none vanishes', () => {
    forAll((states, seed) => {
      let former: string[] = [];
      for (const { snapshot } of states) {
        const ids = snapshot.participants.map(({ id }) => id);
        expect(ids.slice(0, former.length), seed).toEqual(former);
        expect(new Set(ids).size, seed).toBe(ids.length);
        former = ids;
      }
    });
  });

  it('has its times in order, and none in the future', () => {
    forAll((states, seed) => {
      for (const { at, snapshot } of states) {
        const now = new Date(at).toISOString();
        for (const participant of snapshot.participants) {
          const { connectedTime, endTime, startAcwTime, endAcwTime } = participant;
          const spans = [
            [connectedTime, endTime],
            [connectedTime, startAcwTime],
            [startAcwTime, endAcwTime],
            ...sessionsOf(participant).map((session) => [session.connectedTime, session.disconnectedTime]),
          ];
          for (const [from, to] of spans) {
            expect((from ?? '') <= (to ?? now), seed).toBe(true);
            expect((to ?? '') <= now, seed).toBe(true);
          }
        }
      }
    });
  });

  it('never takes back an end', () => {
    forAll((states, seed) => {
      const ends = new Map<string, string>();
      for (const { snapshot } of states) {
        for (const { id, endTime } of snapshot.participants) {
          expect(endTime, seed).toBe(ends.get(id) ?? endTime);
          if (endTime !== undefined) ends.set(id, endTime);
        }
      }
    });
  });

  it('has nobody left and no work open once it has ended, and ends with its last update', () => {
    forAll((states, seed) => {
      states.forEach(({ snapshot }, index) => {
        const live = snapshot.participants.some(isLive);
        const wrappingUp = snapshot.participants.some(
          (p) => p.startAcwTime !== undefined && p.endAcwTime === undefined,
        );
        expect(snapshot.endTime !== undefined, seed).toBe(!live && !wrappingUp);
        if (snapshot.endTime === undefined) return;
        expect(index, seed).toBe(states.length - 1);
        for (const participant of snapshot.participants) {
          expect(participant.endTime, seed).toBeDefined();
          for (const session of sessionsOf(participant)) {
            expect(session.disconnectedTime, seed).toBeDefined();
            expect(['disconnected', 'terminated'], seed).toContain(session.state);
            expect(session.afterCallWork?.state ?? 'complete', seed).toBe('complete');
          }
        }
      });
    });
  });

  it('goes through everything that can happen, within 4,000 updates', async () => {
    const lives = await watch(1, 4000);
    const seen = new Set<string>();
    for (const states of lives.values()) {
      for (const { snapshot } of states) {
        const live = snapshot.participants.filter(isLive);
        if (live.filter(({ purpose, connectedTime }) => purpose === 'agent' && connectedTime).length > 1)
          seen.add('conferenced');
        for (const { transferType } of snapshot.recentTransfers ?? []) seen.add(`transfer ${transferType}`);
        for (const participant of snapshot.participants) {
          seen.add(participant.purpose);
          if (participant.endAcwTime !== undefined) seen.add('wrapped up');
          for (const array of ARRAYS) if (participant[array]) seen.add(array);
          for (const session of sessionsOf(participant)) {
            seen.add(session.state);
            if (session.held) seen.add('held');
            if (session.muted) seen.add('muted');
            if (session.recordingState === 'paused') seen.add('paused');
            if (session.afterCallWork) seen.add(`acw ${session.afterCallWork.state}`);
            if (session.disconnectType !== undefined) seen.add(`by ${session.disconnectType}`);
          }
        }
      }
      const last = states.at(-1)?.snapshot;
      const agents = last?.participants.filter(({ purpose }) => purpose === 'agent') ?? [];
      if (last?.endTime !== undefined && agents.length === 0) {
        seen.add(
          last.participants.some(({ purpose }) => purpose === 'acd')
            ? 'abandoned in queue'
            : 'abandoned in flow',
        );
      }
    }
    const wanted = [
      ...ARRAYS,
      ...['customer', 'ivr', 'workflow', 'acd', 'agent'],
      ...['scheduled', 'alerting', 'dialing', 'contacting', 'connected', 'disconnected', 'terminated'],
      ...['held', 'muted', 'paused', 'conferenced', 'wrapped up', 'acw pending', 'acw complete'],
      ...['transfer Attended', 'transfer Unattended', 'abandoned in queue', 'abandoned in flow'],
      ...[
        'by endpoint',
        'by client',
        'by peer',
        'by transfer',
        'by transfer.consult',
        'by transfer.noanswer',
      ],
    ];
    expect(wanted.filter((each) => !seen.has(each))).toEqual([]);
  });
});
