import { describe, expect, it } from 'vitest';
import { FAULTS, faultsNamed, HARMLESS } from '../../chaos/faults/catalogue.ts';
import { type Plan, planFaults } from '../../chaos/plan.ts';

const plan = (seed: number, more: Partial<Parameters<typeof planFaults>[0]> = {}) =>
  planFaults({
    seed,
    seconds: 600,
    faults: FAULTS,
    shape: 'fargate',
    standby: true,
    named: [],
    calmMs: 0,
    ...more,
  });

const told = ({ conditions, lanes }: Plan) =>
  [conditions, ...lanes].map((lane) => lane.map(({ fault, at, seed }) => `${fault.name} ${at} ${seed}`));

describe('the plan of faults', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(told(plan(7))).toEqual(told(plan(7)));
    expect(told(plan(7))).not.toEqual(told(plan(8)));
  });

  it('gives every fault its turn before one comes again', () => {
    for (const lane of plan(3).lanes) {
      const names = lane.map(({ fault }) => fault.name);
      const kinds = new Set(names);
      expect(new Set(names.slice(0, kinds.size))).toEqual(kinds);
    }
    const played = new Set(
      plan(3)
        .lanes.flat()
        .map(({ fault }) => fault.name),
    );
    const playable = FAULTS.filter(({ lane, onlyShape }) => lane !== 'whole' && onlyShape !== 'relay');
    expect(played).toEqual(new Set(playable.map(({ name }) => name)));
  });

  it('keeps the first seconds free, and starts nothing at the end', () => {
    for (const { at } of plan(5, { seconds: 20 }).lanes.flat()) {
      expect(at).toBeGreaterThanOrEqual(2_000);
      expect(at).toBeLessThanOrEqual(19_000);
    }
  });

  it('plays only what was named, conditions for certain', () => {
    const faults = faultsNamed(['reset', 'short-tokens']);
    for (let seed = 0; seed < 5; seed += 1) {
      const { conditions, lanes } = plan(seed, { faults, named: ['reset', 'short-tokens'] });
      expect(conditions.map(({ fault }) => fault.name)).toEqual(['short-tokens']);
      expect(new Set(lanes.flat().map(({ fault }) => fault.name))).toEqual(new Set(['reset']));
    }
  });

  it('takes all that may cost no frame by one name, with conditions by chance', () => {
    const faults = faultsNamed([HARMLESS]);
    expect(faults.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['deploy', 'socket-closing', 'bus-down', 'short-channels']),
    );
    expect(faults.filter(({ mayMiss, hindersCalls }) => mayMiss || hindersCalls)).toEqual([]);
    expect(faultsNamed([HARMLESS, 'kill']).length).toBe(faults.length + 1);
    const conditions = [1, 2, 3, 4, 5].map((seed) => plan(seed, { faults, named: [HARMLESS] }).conditions);
    expect(conditions.some((each) => each.length === 0)).toBe(true);
    expect(conditions.flat().map(({ fault }) => fault.name)).toContain('short-channels');
  });

  it('leaves connections alone for longer when it is told to, and nothing else', () => {
    const [usual, calm] = [plan(4), plan(4, { calmMs: 60_000 })];
    const [connections = [], ...others] = calm.lanes;
    expect(told({ ...calm, lanes: others })).toEqual(told({ ...usual, lanes: usual.lanes.slice(1) }));
    expect(connections.length).toBeGreaterThan(4);
    for (const [index, { at }] of connections.entries())
      expect(at - (connections[index - 1]?.at ?? Number.NEGATIVE_INFINITY)).toBeGreaterThan(60_000);
  });

  it('leaves out what needs a standby when there is none', () => {
    const names = plan(1, { standby: false })
      .lanes.flat()
      .map(({ fault }) => fault.name);
    expect(names).not.toContain('kill-standby');
    expect(names).toContain('kill');
  });

  it('leaves out what can happen to the other shape only', () => {
    const namesOf = (shape: 'fargate' | 'relay') =>
      new Set(
        plan(1, { shape })
          .lanes.flat()
          .map(({ fault }) => fault.name),
      );
    expect(namesOf('fargate')).toContain('deploy');
    expect(namesOf('fargate')).not.toContain('invoked-twice');
    expect(namesOf('relay')).toContain('invoked-twice');
    expect(namesOf('relay')).not.toContain('deploy');
    expect(namesOf('relay')).not.toContain('restart');
  });

  it('has faults of different names', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    expect(() => faultsNamed(['no-such-fault'])).toThrow(RangeError);
  });
});
