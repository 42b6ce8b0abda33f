import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGENTS } from '../../costs/assumptions.ts';
import { billOf, LINES, SHAPES, totalOf } from '../../costs/bill.ts';
import { costTables, withTables } from '../../costs/page.ts';
import { PRICES } from '../../costs/prices.ts';
import { stackFacts } from '../../costs/stack-facts.ts';
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
  const facts = { metrics: 40, alarmMetrics: 20, dashboards: 1, secrets: 1 };

  it('is more for more agents, line by line never less', () => {
    for (const shape of SHAPES) {
      const bills = AGENTS.map((agents) => billOf(agents, shape, facts));
      for (const [index, bill] of bills.entries()) {
        const smaller = bills[index - 1];
        if (smaller === undefined) continue;
        expect(totalOf(bill)).toBeGreaterThan(totalOf(smaller));
        for (const line of LINES) expect(bill[line]).toBeGreaterThanOrEqual(smaller[line]);
      }
    }
  });

  it('of a standby has a second task and address, and not a second lease, metric or event', () => {
    const [alone, standby] = [billOf(100, 'Fargate', facts), billOf(100, 'Fargate with standby', facts)];
    expect(standby.listener).toBeCloseTo(2 * alone.listener);
    expect(standby['public addresses']).toBeCloseTo(2 * alone['public addresses']);
    expect(standby.lease).toBeLessThan(1.5 * alone.lease);
    for (const line of ['custom metrics', 'events', 'archive', 'checkpoints'] as const)
      expect(standby[line]).toBe(alone[line]);
  });

  it('of one task is what a calculator says: a quarter of a vCPU and half a GB for 730 hours', () => {
    expect(billOf(10, 'Fargate', facts).listener).toBeCloseTo(730 * (0.25 * 0.04045 + 0.5 * 0.00442));
  });
});

describe('what is counted for it', () => {
  it('is in the stack: each alarm once for each metric it looks at', () => {
    const facts = stackFacts(false);
    expect(facts).toMatchObject({ dashboards: 1, secrets: 1 });
    expect(facts.alarmMetrics).toBeGreaterThan(10);
    expect(stackFacts(true).alarmMetrics).toBe(facts.alarmMetrics + 1);
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
