import { AGENTS, ASSUMPTIONS, SHAPES } from './assumptions.ts';
import { billOf, eventsOf, LINES, privateNetwork, totalOf } from './bill.ts';
import { PRICES } from './prices.ts';
import type { RelayFacts } from './relay-facts.ts';
import { type StackFacts, stackFacts, type TaskFacts } from './stack-facts.ts';

/** The tables of docs/cost.md, each under the name it is marked with there. */
export type Tables = Readonly<Record<'totals' | 'lines' | 'counted' | 'assumptions' | 'prices', string>>;

export function costTables(): Tables {
  const facts = SHAPES.map(stackFacts);
  const bills = AGENTS.map((agents) => ({
    agents,
    bills: facts.map((each) => billOf(agents, each)),
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
    counted: counted(facts),
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

function counted(facts: readonly StackFacts[]): string {
  const row = (what: string, of: (facts: StackFacts) => number) => [
    what,
    ...facts.map((each) => number(of(each))),
  ];
  const ofTasks = (what: string, of: (tasks: TaskFacts) => number) => [
    what,
    ...facts.map(({ listener }) => (listener.in === 'tasks' ? number(of(listener)) : '')),
  ];
  const ofRelays = (what: string, of: (relays: RelayFacts) => number) => [
    what,
    ...facts.map(({ listener }) => (listener.in === 'relays' ? number(of(listener)) : '')),
  ];
  return table([
    ['', ...SHAPES],
    row('custom metrics', ({ metrics }) => metrics),
    row('metrics in alarms', ({ alarmMetrics }) => alarmMetrics),
    row('dashboards', ({ dashboards }) => dashboards),
    row('secrets', ({ secrets }) => secrets),
    row('flow logs', ({ flowLogs }) => flowLogs),
    ofTasks('tasks', ({ tasks }) => tasks),
    ofTasks('public addresses', ({ publicAddresses }) => publicAddresses),
    ofTasks('vCPU of a task', ({ cpu }) => cpu),
    row('GB of a task or relay', ({ listener }) => listener.gb),
    ofRelays('chains of relays', ({ chains }) => chains),
    ofRelays('seconds an invocation may take', ({ invocationSeconds }) => invocationSeconds),
    ofRelays('seconds until the next one is started', ({ turnSeconds }) => turnSeconds),
    ofRelays('states entered from relay to relay', ({ turnStates }) => turnStates),
    ofRelays('states entered by a look of the schedule', ({ lookStates }) => lookStates),
    ofRelays('seconds between two looks', ({ lookSeconds }) => lookSeconds),
  ]);
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
