import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGENTS } from '../../costs/assumptions.ts';
import { billOf, LINES, totalOf } from '../../costs/bill.ts';
import { costTables, withTables } from '../../costs/page.ts';
import { PRICES } from '../../costs/prices.ts';
import { type StackFacts, stackFacts } from '../../costs/stack-facts.ts';
import { leadMs } from '../../lambda/relay/relay.ts';
import { RELAY_TIMES } from '../../lib/relay-definition.ts';
// Gives the first synthesis its time.
import './synthesis.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');

describe('the page on costs', () => {
  it('has the figures that the script makes; else run: npm run cost -- --write', () => {
    expect(page).toBe(withTables(page, costTables()));
  });

  it('loses its place for a table only with a complaint', () => {
    expect(() => withTables(page.replace('<!-- totals -->', ''), costTables())).toThrow('"totals"');
  });
});

describe('a bill', () => {
  const common = { metrics: 40, alarmMetrics: 20, dashboards: 1, secrets: 1 };
  const tasks = (count: number): StackFacts => ({
    ...common,
    flowLogs: 1,
    listener: { in: 'tasks', tasks: count, cpu: 0.25, gb: 0.5, publicAddresses: count },
  });
  const relay = { in: 'relays', chains: 1, gb: 0.5, invocationSeconds: 900, turnSeconds: 600 } as const;
  const relayed = (counted: { turnStates: number; lookStates: number; lookSeconds: number }): StackFacts => ({
    ...common,
    flowLogs: 0,
    listener: { ...relay, ...counted },
  });
  const usual = { turnStates: 3, lookStates: 4, lookSeconds: 120 };

  it('is more for more agents, line by line never less', () => {
    for (const facts of [tasks(1), tasks(2), relayed(usual)]) {
      const bills = AGENTS.map((agents) => billOf(agents, facts));
      for (const [index, bill] of bills.entries()) {
        const smaller = bills[index - 1];
        if (smaller === undefined) continue;
        expect(totalOf(bill)).toBeGreaterThan(totalOf(smaller));
        for (const line of LINES) expect(bill[line]).toBeGreaterThanOrEqual(smaller[line]);
      }
    }
  });

  it('of a standby has a second task and address, and not a second lease, metric or event', () => {
    const [alone, standby] = [billOf(100, tasks(1)), billOf(100, tasks(2))];
    expect(standby.listener).toBeCloseTo(2 * alone.listener);
    expect(standby['public addresses']).toBeCloseTo(2 * alone['public addresses']);
    expect(standby.lease).toBeLessThan(1.5 * alone.lease);
    for (const line of ['custom metrics', 'events', 'archive', 'checkpoints'] as const)
      expect(standby[line]).toBe(alone[line]);
  });

  it('of one task is what a calculator says: a quarter of a vCPU and half a GB for 730 hours', () => {
    expect(billOf(10, tasks(1)).listener).toBeCloseTo(730 * (0.25 * 0.04045 + 0.5 * 0.00442));
  });

  it('of a relay has its overlap paid double, and neither address nor flow log', () => {
    const bill = billOf(10, relayed(usual));
    const turns = (730 * 3_600) / 600;
    const seconds = 730 * 3_600 * (1 + 60 / 600);
    expect(bill.listener).toBeCloseTo(seconds * 0.5 * 0.0000133334 + turns * 0.0000002);
    expect(bill['public addresses']).toBe(0);
    expect(bill.logs).toBeLessThan(billOf(10, tasks(1)).logs);
  });

  it('of a relay has each turn and each look of the schedule, by the states that they enter', () => {
    const { orchestration } = billOf(10, relayed(usual));
    const [turns, looks] = [(730 * 3_600) / 600, (730 * 3_600) / 120];
    expect(orchestration).toBeCloseTo(turns * 3 * 0.000025 + looks * ((4 + 2) * 0.000025 + 0.000001));
    expect(billOf(10, relayed({ ...usual, lookSeconds: 240 })).orchestration).toBeLessThan(
      0.6 * orchestration,
    );
  });
});

describe('what is counted for it', () => {
  it('is in the stack: each alarm once for each metric it looks at', () => {
    const facts = stackFacts('Fargate');
    expect(facts).toMatchObject({ dashboards: 1, secrets: 1, flowLogs: 1 });
    expect(facts.alarmMetrics).toBeGreaterThan(10);
    expect(stackFacts('Fargate with standby').alarmMetrics).toBe(facts.alarmMetrics + 1);
    // What alarms of the relay look at: three ends, three errors, invocations.
    expect(stackFacts('relay').alarmMetrics).toBe(facts.alarmMetrics + 7);
  });

  it('is how many tasks there are, and how large they are', () => {
    const task = { in: 'tasks', cpu: 0.25, gb: 0.5 };
    expect(stackFacts('Fargate').listener).toEqual({ ...task, tasks: 1, publicAddresses: 1 });
    expect(stackFacts('Fargate with standby').listener).toEqual({ ...task, tasks: 2, publicAddresses: 2 });
  });

  it('is how often a relay is followed by another one, and what that takes', () => {
    // LookForOthers, Decide, Relay; and Begin, LookForOthers, Decide, Leave.
    expect(stackFacts('relay').listener).toEqual({
      in: 'relays',
      chains: 1,
      gb: 0.5,
      invocationSeconds: RELAY_TIMES.invocation,
      turnSeconds: RELAY_TIMES.invocation - leadMs(90_000) / 1_000,
      turnStates: 3,
      lookStates: 4,
      lookSeconds: 120,
    });
  });
});

describe('the prices', () => {
  it('each say where they are from and of when', () => {
    for (const [name, { usd, source, date }] of Object.entries(PRICES)) {
      expect(usd, name).toBeGreaterThan(0);
      expect(source, name).not.toBe('');
      expect(date, name).toMatch(/^20\d\d/);
    }
  });
});
