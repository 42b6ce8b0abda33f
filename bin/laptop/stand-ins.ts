import type { Credentials } from '../../listener/genesys/credentials.ts';
import { type GenesysHosts, genesysHosts } from '../../listener/genesys/regions.ts';
import type { EventBus } from '../../listener/publish/event-bus.ts';
import { createEventBridgeBus, createEventBridgeClient } from '../../listener/publish/eventbridge-bus.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { type LocalEventBus, startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import type { MockDialect } from '../../mock/genesys/moments.ts';
import {
  DEFAULT_CLIENT,
  type MockGenesys,
  ORG_SOCKET_CLIENT,
  startMockGenesys,
} from '../../mock/genesys/server.ts';
import type { Switches } from '../../mock/genesys/switches.ts';

/** The local bus checks that requests are signed, not by whom. */
const ANY_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const LOCAL_BUS_NAME = 'conversation-bridge';

/** A mock organisation with a contact centre that is alive. */
export interface MockOrganisation {
  readonly centre: ContactCentre;
  readonly genesys: MockGenesys;
  readonly hosts: GenesysHosts;
  readonly credentials: Credentials;
}

export async function startMockOrganisation(options: {
  readonly seed: number;
  readonly rate: number;
  readonly port?: number;
  /** How many notifications the mock's record keeps; all unless said. */
  readonly remembering?: number;
  /** What its client's tokens are made for; channels unless said. */
  readonly dialect?: MockDialect;
  readonly switches?: Partial<Switches>;
}): Promise<MockOrganisation> {
  const centre = new ContactCentre({
    seed: options.seed,
    rate: options.rate,
    agents: Math.max(24, Math.ceil(options.rate)),
  });
  const genesys = await startMockGenesys({
    contactCentre: centre,
    port: options.port ?? 0,
    recordLimit: options.remembering ?? Number.POSITIVE_INFINITY,
    clients: [options.dialect === 'org-socket' ? ORG_SOCKET_CLIENT : DEFAULT_CLIENT],
    switches: options.switches ?? {},
  });
  return {
    centre,
    genesys,
    hosts: genesysHosts('mypurecloud.jp', { loginUrl: genesys.loginUrl, apiUrl: genesys.apiUrl }),
    credentials: { clientId: DEFAULT_CLIENT.id, clientSecret: DEFAULT_CLIENT.secret },
  };
}

/** A local event bus, and the real AWS SDK in front of it. */
export async function startLocalBus(): Promise<{ server: LocalEventBus; bus: EventBus }> {
  const server = await startLocalEventBus({ keep: 1000 });
  const client = createEventBridgeClient({
    region: 'ap-northeast-1',
    endpoint: server.url,
    credentials: ANY_CREDENTIALS,
  });
  return { server, bus: createEventBridgeBus({ client, eventBusName: LOCAL_BUS_NAME }) };
}
