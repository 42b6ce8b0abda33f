import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Redactor } from '../telemetry/redactor.ts';
import { GenesysApi, narrowerGate, restGate } from './api.ts';
import type { CredentialsSource } from './credentials.ts';
import { HttpClient } from './http.ts';
import { TokenSource } from './oauth.ts';
import { TopicResolver } from './topics/resolver.ts';

/** How many of the 300 REST requests a minute closing gaps may take; the others are the session's. */
const BACKFILL_A_MINUTE = 200;

export interface GenesysClientsOptions {
  readonly config: Pick<Config, 'hosts' | 'topics'>;
  readonly credentials: CredentialsSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
}

/** What asks Genesys Cloud. The session and closing gaps share the limit of REST requests. */
export interface GenesysClients {
  readonly tokens: TokenSource;
  /** For the session, whose calls go first. */
  readonly api: GenesysApi;
  /** For closing gaps: leaves room for the session's calls. */
  readonly patientApi: GenesysApi;
  readonly resolver: TopicResolver;
}

/** The Genesys Cloud side of a configuration: what can ask, without holding a socket. */
export function genesysClients({
  config,
  credentials,
  clock,
  logger,
  metrics,
  redactor,
}: GenesysClientsOptions): GenesysClients {
  const { hosts } = config;
  const login = new HttpClient({ clock, logger, metrics });
  const tokens = new TokenSource({ hosts, credentials, http: login, clock, redactor });
  const gate = restGate();
  const rest = new HttpClient({ clock, logger, metrics, gate });
  const api = new GenesysApi({ hosts, http: rest, tokens });
  const patient = new HttpClient({ clock, logger, metrics, gate: narrowerGate(gate, BACKFILL_A_MINUTE) });
  const patientApi = new GenesysApi({ hosts, http: patient, tokens });
  return { tokens, api, patientApi, resolver: new TopicResolver(api, config.topics) };
}
