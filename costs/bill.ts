import { ASSUMPTIONS } from './assumptions.ts';
import { PRICES } from './prices.ts';
import type { RelayFacts } from './relay-facts.ts';
import type { StackFacts, TaskFacts } from './stack-facts.ts';

/** The lines of a bill, in the order in which they are shown. */
export const LINES = [
  'listener',
  'public addresses',
  'orchestration',
  'custom metrics',
  'alarms and dashboard',
  'logs',
  'lease',
  'checkpoints',
  'secret',
  'queues and pipe',
  'events',
  'archive',
  'large bodies',
  'image',
] as const;
export type Line = (typeof LINES)[number];

/** What a month costs, in US dollars, line by line. */
export type Bill = Readonly<Record<Line, number>>;

const KB_A_GB = 1_000_000;
const MB_A_GB = 1_000;
const HOURS = ASSUMPTIONS.hours.value;
const MINUTES = HOURS * 60;
const SECONDS = HOURS * 3_600;

/** Events in a month. */
export function eventsOf(agents: number): number {
  const { conversations, updates, workingDays } = ASSUMPTIONS;
  return agents * conversations.value * updates.value * workingDays.value;
}

export function billOf(agents: number, facts: StackFacts): Bill {
  const events = eventsOf(agents);
  const { listener } = facts;
  const listeners = listenersOf(listener);
  const { alarm, dashboard, metric } = PRICES;
  return {
    listener: listener.in === 'relays' ? relayed(listener) : tasks(listener),
    'public addresses': listener.in === 'relays' ? 0 : listener.publicAddresses * HOURS * PRICES.address.usd,
    orchestration: listener.in === 'relays' ? orchestration(listener) : 0,
    // A standby reports under the same names.
    'custom metrics': facts.metrics * metric.usd,
    'alarms and dashboard': facts.alarmMetrics * alarm.usd + facts.dashboards * dashboard.usd,
    logs: logs(listeners, facts.flowLogs),
    lease: lease(listeners - 1),
    checkpoints: checkpoints(events),
    secret:
      facts.secrets * PRICES.secret.usd +
      (listeners * SECONDS * PRICES.secretCall.usd) / ASSUMPTIONS.secretSeconds.value,
    'queues and pipe': queues(events),
    events: events * ASSUMPTIONS.units.value * PRICES.event.usd,
    archive: archived(events),
    'large bodies': largeBodies(events),
    image: ASSUMPTIONS.imageGb.value * PRICES.image.usd,
  };
}

export function totalOf(bill: Bill): number {
  return LINES.reduce((sum, line) => sum + bill[line], 0);
}

/** What network.mode=private costs more, with its two NAT gateways. */
export function privateNetwork(agents: number, listeners: number): number {
  const gateways = 2;
  const { natHour, natData, address } = PRICES;
  // Each frame comes in, and goes out again as an event.
  const gigabytes = (eventsOf(agents) * ASSUMPTIONS.eventKb.value * (listeners + 1)) / KB_A_GB;
  return (
    gateways * HOURS * (natHour.usd + address.usd) + gigabytes * natData.usd - listeners * HOURS * address.usd
  );
}

/** Listeners at a time, on average. */
function listenersOf(listener: StackFacts['listener']): number {
  if (listener.in === 'tasks') return listener.tasks;
  return listener.chains * (1 + ASSUMPTIONS.relayOverlap.value / listener.turnSeconds);
}

function tasks({ tasks: count, cpu, gb }: TaskFacts): number {
  return count * HOURS * (cpu * PRICES.fargateCpu.usd + gb * PRICES.fargateMemory.usd);
}

/** Turns of all chains in a month. */
function turnsOf({ chains, turnSeconds }: RelayFacts): number {
  return (chains * SECONDS) / turnSeconds;
}

function relayed(listener: RelayFacts): number {
  const seconds = listenersOf(listener) * SECONDS;
  return seconds * listener.gb * PRICES.lambdaTime.usd + turnsOf(listener) * PRICES.lambdaCall.usd;
}

/** That an execution begins anew after many turns is below a cent. */
function orchestration(listener: RelayFacts): number {
  const { chains, turnStates, lookStates, lookSeconds } = listener;
  const looks = (chains * SECONDS) / lookSeconds;
  const lookTransitions = lookStates + ASSUMPTIONS.executionTransitions.value;
  const { transition, schedule } = PRICES;
  return (
    turnsOf(listener) * turnStates * transition.usd +
    looks * (lookTransitions * transition.usd + schedule.usd)
  );
}

function logs(listeners: number, flowLogs: number): number {
  const { reportKb, logMb, flowMb } = ASSUMPTIONS;
  const written = listeners * ((MINUTES * reportKb.value) / KB_A_GB + logMb.value / MB_A_GB);
  // A Lambda function is in no VPC, so there are none of it.
  const flows = flowLogs === 0 ? 0 : (listeners * flowMb.value) / MB_A_GB;
  const { logIn, logKept, flowLogIn } = PRICES;
  return written * logIn.usd + flows * flowLogIn.usd + (written + flows) * logKept.usd;
}

function lease(standbys: number): number {
  const { leaseWrites, leaseReads } = ASSUMPTIONS;
  const { tableWrite, tableRead } = PRICES;
  return SECONDS * (leaseWrites.value * tableWrite.usd + standbys * leaseReads.value * tableRead.usd);
}

function checkpoints(events: number): number {
  const { workingDays, workingHours, checkpointSeconds, checkpointQuiet, checkpointUnits } = ASSUMPTIONS;
  const rounds = (workingDays.value * workingHours.value * 3_600) / checkpointSeconds.value;
  const units = Math.max(events * checkpointUnits.value, Math.min(events, rounds));
  return (units + SECONDS / checkpointQuiet.value) * PRICES.tableWrite.usd;
}

function queues(events: number): number {
  const { queuePolls, parkedShare, units } = ASSUMPTIONS;
  const parked = events * parkedShare.value;
  const { queueRequest, pipe, event } = PRICES;
  // A parked event is sent, received, deleted, and put on the bus once more.
  const requests = MINUTES * queuePolls.value + 3 * parked;
  return requests * queueRequest.usd + parked * units.value * (pipe.usd + event.usd);
}

function archived(events: number): number {
  const gigabytes = (events * ASSUMPTIONS.eventKb.value) / KB_A_GB;
  return gigabytes * (PRICES.archiveIn.usd + PRICES.archiveKept.usd);
}

function largeBodies(events: number): number {
  const { largeShare, largeKb, bodyDays } = ASSUMPTIONS;
  const bodies = events * largeShare.value;
  const keptMonths = (bodyDays.value * 24) / HOURS;
  return (
    bodies * PRICES.bodyPut.usd + ((bodies * largeKb.value) / KB_A_GB) * keptMonths * PRICES.bodyKept.usd
  );
}
