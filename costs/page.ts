import { AGENTS, ASSUMPTIONS } from './assumptions.ts';
import { billOf, eventsOf, LINES, privateNetwork, SHAPES, totalOf } from './bill.ts';
import { PRICES } from './prices.ts';
import { type StackFacts, stackFacts } from './stack-facts.ts';

/** The tables of docs/cost.md, each under the name it is marked with there. */
export type Tables = Readonly<Record<'totals' | 'lines' | 'counted' | 'assumptions' | 'prices', string>>;

export function costTables(): Tables {
  const facts = {
    Fargate: stackFacts(false),
    'Fargate with standby': stackFacts(true),
    relay: stackFacts(false),
  };
  const bills = AGENTS.map((agents) => ({
    agents,
    bills: SHAPES.map((shape) => billOf(agents, shape, facts[shape])),
  }));
  return {
    totals: table([
      ['agents', 'events a month', ...SHAPES, 'a private network adds'],
      ...bills.map(({ agents, bills: ofShapes }) => [
        agents.toLocaleString('en'),
        eventsOf(agents).toLocaleString('en'),
        ...ofShapes.map((bill) => `**${dollars(totalOf(bill))}**`),
        dollars(privateNetwork(agents, 1)),
      ]),
    ]),
    lines: table([
      ['', ...AGENTS.flatMap((agents) => SHAPES.map((shape) => `${agents.toLocaleString('en')}: ${shape}`))],
      ...LINES.map((line) => [
        line,
        ...bills.flatMap(({ bills: ofShapes }) => ofShapes.map((bill) => dollars(bill[line]))),
      ]),
      [
        '**sum**',
        ...bills.flatMap(({ bills: ofShapes }) => ofShapes.map((bill) => `**${dollars(totalOf(bill))}**`)),
      ],
    ]),
    counted: counted(facts['Fargate'], facts['Fargate with standby']),
    assumptions: table([
      ['', '', ''],
      ...Object.values(ASSUMPTIONS).map(({ value, unit, meaning }) => [
        value.toLocaleString('en', { maximumFractionDigits: 4 }),
        unit,
        meaning,
      ]),
    ]),
    prices: table([
      ['US$', 'for a', 'from', 'of', ''],
      ...Object.values(PRICES).map(({ usd, per, source, date, assumed }) => [
        Number(usd.toPrecision(6)).toLocaleString('en', { maximumFractionDigits: 10 }),
        per,
        source,
        date,
        assumed ? '**assumed for Tokyo**' : '',
      ]),
    ]),
  };
}

/**
 * Puts the tables into the text of the page, where it has their marks.
 * @throws {Error} the page has no such mark
 */
export function withTables(text: string, tables: Tables): string {
  return Object.entries(tables).reduce((page, [name, content]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!marked.test(page)) throw new Error(`the page has no marks for the table "${name}"`);
    return page.replace(marked, (_, begin: string, end: string) => `${begin}\n${content}\n${end}`);
  }, text);
}

function counted(without: StackFacts, withStandby: StackFacts): string {
  const row = (what: string, name: keyof StackFacts) => [
    what,
    String(without[name]),
    String(withStandby[name]),
  ];
  return table([
    ['', 'without standby', 'with'],
    row('custom metrics', 'metrics'),
    row('metrics in alarms', 'alarmMetrics'),
    row('dashboards', 'dashboards'),
    row('secrets', 'secrets'),
  ]);
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
