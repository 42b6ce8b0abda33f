import { describe, expect, it } from 'vitest';
import { argumentsOf } from '../../chaos/seeds/arguments.ts';
import { KEPT_SEEDS } from '../../chaos/seeds/kept.ts';
import { playsOf } from '../../chaos/seeds/plays.ts';
import { type Campaign, markdownTable } from '../../chaos/seeds/table.ts';
import { runProgram } from './processes.ts';

const campaign = (part: Partial<Campaign>): Campaign => ({
  verdict: 'passed',
  seed: 1,
  shape: 'fargate',
  standby: false,
  sent: 100,
  published: 90,
  lost: 0,
  missing: 10,
  missingUnexcused: 0,
  staleConversations: 0,
  outOfOrder: 0,
  swallowedRepetitions: 0,
  gapsOpened: 2,
  gapsClosed: 2,
  silenceMs: null,
  silenceBesideStandbyMs: null,
  faultsPlayed: { kill: 2, reset: 1 },
  ...part,
});

describe('the table of a row of seeds', () => {
  it('has a line for each in the order of the seeds, and one that adds them up', () => {
    const table = markdownTable([
      campaign({ seed: 2, shape: 'relay', verdict: 'failed', lost: 3, silenceMs: 1200 }),
      campaign({ seed: 1, standby: true, silenceMs: 3400, silenceBesideStandbyMs: 3100 }),
    ]);
    expect(table.split('\n').slice(2)).toEqual([
      '| 1 | fargate | yes | 3 | 100 | 90 | 10 | 0 | 0 | 0 | 0 | 0 | 2 | 2 | 3400 | 3100 | passed |',
      '| 2 | relay |  | 3 | 100 | 90 | 10 | 0 | 3 | 0 | 0 | 0 | 2 | 2 | 1200 |  | failed |',
      '| 2 seeds | relay, fargate | 1 | 6 | 200 | 180 | 20 | 0 | 3 | 0 | 0 | 0 | 4 | 4 | 3400 | 3100 | 1 passed |',
    ]);
  });
});

it('the table tells of no silence where no listener was ended', () => {
  expect(
    markdownTable([campaign({})])
      .split('\n')
      .at(-1),
  ).toContain('| 2 | 2 |  |  | 1 passed |');
});

describe('a campaign of a row', () => {
  it('is played with a standby and with some faults only if it says so', () => {
    const args = argumentsOf({ seed: 7, seconds: 20, standby: true, faults: ['kill', 'reset'] });
    expect(args.join(' ')).toBe('--seed 7 --seconds 20 --standby --fault kill,reset');
    expect(argumentsOf({ seed: 8, seconds: 60, standby: false, faults: [] }).join(' ')).toBe(
      '--seed 8 --seconds 60',
    );
  });
});

describe('what is played', () => {
  it('is a row of seeds, ten unless said, every other one with a standby', () => {
    const row = playsOf({ from: 101, seconds: 60, fault: ['harmless'] });
    expect(row.map(({ seed }) => seed)).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110]);
    expect(row.slice(0, 2)).toEqual([
      { seed: 101, seconds: 60, standby: true, faults: ['harmless'] },
      { seed: 102, seconds: 60, standby: false, faults: ['harmless'] },
    ]);
    expect(playsOf({ from: 1, count: 3, seconds: 60, fault: [] })).toHaveLength(3);
  });

  it('is all that is kept, unless fewer or shorter ones are asked for', () => {
    const kept = playsOf({ from: 1, seconds: 60, fault: [], kept: true });
    expect(kept).toEqual(KEPT_SEEDS);
    const few = playsOf({ from: 1, count: 2, seconds: 30, fault: [], kept: true });
    expect(few.map(({ seconds }) => seconds)).toEqual([20, 30]);
  });
});

describe('the command line for rows of seeds', () => {
  it('explains itself', async () => {
    const { code, stdout } = await runProgram('chaos/seeds/main.ts', ['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--at-a-time');
    for (const { seed, why } of KEPT_SEEDS) expect(stdout).toContain(`${seed}  ${why}`);
  });

  it.concurrent.each([
    ['101', ['--from', '101']],
    ['1', ['--kept']],
  ])('runs a campaign for each, and prints the table: %s', async (seed, which) => {
    const args = [...which, '--count', '1', '--seconds', '5', '--at-a-time', '1'];
    const { stdout, stderr } = await runProgram('chaos/seeds/main.ts', args);
    expect(stderr).toContain(`1 of 1: seed ${seed} `);
    expect(stdout.split('\n')[2]).toMatch(new RegExp(`^\\| ${seed} \\| fargate \\| yes \\| `));
    expect(stdout).toContain('| 1 seeds | fargate | 1 |');
  });

  it.each([
    ['what is no number', ['--count', 'many'], '--count'],
    ['an unknown fault', ['--fault', 'rest'], '--fault: "rest" is no fault'],
  ])('refuses %s with one line and the code for wrong usage', async (_, args, message) => {
    const { code, stderr } = await runProgram('chaos/seeds/main.ts', args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
