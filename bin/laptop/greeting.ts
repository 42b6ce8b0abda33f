/** What a run is connected to. */
export interface Surroundings {
  readonly genesysUrl: string;
  /** The contact centre of the mock; undefined with a real organisation. */
  readonly mock:
    | { readonly queues: number; readonly agents: number; readonly rate: number; readonly seed: number }
    | undefined;
  /** Of the local event bus; undefined with a real one. */
  readonly localBusUrl: string | undefined;
  /** Name and region of the real event bus. */
  readonly eventBus: string;
  readonly healthUrl: string;
  /** Where it stops; undefined: at a signal. */
  readonly events: number | undefined;
}

const REAL_ORGANISATION =
  'GENESYSCLOUD_OAUTHCLIENT_ID=… GENESYSCLOUD_OAUTHCLIENT_SECRET=… GENESYSCLOUD_REGION=ap-northeast-1 TOPICS=queues:*';
const MOCK_HINT = [
  'To listen to a real organisation, with a local bus:',
  `  ${REAL_ORGANISATION} npm start -- --local-bus`,
];
const BUS_HINT = [
  'To publish to a real bus as well, leave out --local-bus and add:',
  '  EVENT_BUS_NAME=… AWS_REGION=ap-northeast-1',
];
const COLUMNS = `${'time'.padEnd(12)}  ${'latency'.padStart(9)}  ${'id'.padEnd(8)}  ${'media'.padEnd(10)} ${'queue'.padEnd(20)} ${'state'.padEnd(10)} changes`;

/** The first lines of a run: what it is connected to, and how to connect it to something else. */
export function greeting({
  genesysUrl,
  mock,
  localBusUrl,
  eventBus,
  healthUrl,
  events,
}: Surroundings): string {
  const centre =
    mock && `${mock.queues} queues, ${mock.agents} agents, ${mock.rate} updates a second, seed ${mock.seed}`;
  return [
    'Conversation Bridge',
    `  Genesys Cloud   ${centre ? `a mock on this machine, ${genesysUrl} (${centre})` : genesysUrl}`,
    `  event bus       ${localBusUrl ? `a local one on this machine, ${localBusUrl}` : eventBus}`,
    `  health          ${healthUrl}/healthz and /readyz`,
    '',
    ...(mock ? MOCK_HINT : []),
    ...(localBusUrl ? BUS_HINT : []),
    'All settings: npx conversation-bridge start --help. Stop with Ctrl+C.',
    '',
    events === undefined ? 'Events as the bus takes them:' : `The first ${events} events:`,
    COLUMNS,
  ].join('\n');
}
