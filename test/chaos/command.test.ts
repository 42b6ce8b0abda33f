import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../chaos/faults/catalogue.ts';
import { MUTATIONS } from '../../chaos/mutations/list.ts';
import { occurrencesOf } from '../../chaos/mutations/mutant.ts';
import { runProgram } from './processes.ts';

describe('the command line of the campaign', () => {
  it('explains itself, with every fault', async () => {
    const { code, stdout } = await runProgram('chaos/main.ts', ['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('"harmless" for all');
    for (const { name, does, onlyShape } of FAULTS) {
      const only = onlyShape === undefined ? '' : ` (--shape ${onlyShape})`;
      expect(stdout).toContain(`  ${name}${only}\n      ${does}\n`);
    }
  });

  it.each([
    ['an unknown fault', ['--fault', 'reset,rest'], /^--fault: "rest" is no fault; there are reset, /],
    [
      'a bundle that is not there',
      ['--listener', '/no/such.mjs'],
      /^--listener: there is no file \/no\/such\.mjs\n$/,
    ],
    ['an unknown shape', ['--shape', 'ec2'], /Allowed choices are fargate, relay\./],
    [
      'a fault of another shape',
      ['--shape', 'relay', '--fault', 'kill,deploy'],
      /^--fault: deploy can't happen with --shape relay\n$/,
    ],
    ['no number', ['--seconds', 'long'], /'--seconds <n>' argument 'long' is invalid/],
    ['a rate of nothing', ['--rate', '0'], /It must be a number above 0/],
    ['an unknown option', ['--faults', 'reset'], /unknown option '--faults'/],
  ])('refuses %s with 2', async (_, args, message) => {
    const { code, stdout, stderr } = await runProgram('chaos/main.ts', args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('the mutations', () => {
  it.concurrent('are tried one by one, and told of with what the campaign said', async () => {
    const { code, stdout, stderr } = await runProgram('chaos/mutations/main.ts', ['--only', 'is not kept']);
    expect(stderr).toMatch(/^killed {4}what is parked is not kept \(\d+ s\)\n {10}\d+ /);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1 of 1 were noticed\n' });
  });

  it.each(MUTATIONS)('$name: its line is there once', (mutation) => {
    expect(occurrencesOf(mutation)).toBe(1);
    expect(mutation.replace).not.toBe(mutation.find);
  });

  it('refuse a name that none has with 2', async () => {
    const { code, stderr } = await runProgram('chaos/mutations/main.ts', ['--only', 'no such']);
    expect(code).toBe(2);
    expect(stderr).toBe('--only: no mutation has "no such" in its name\n');
  });
});
