import { FAULTS, playFaults } from '../../mock/faults/play.ts';
import type { MockDialect, Moment } from '../../mock/genesys/moments.ts';
import { ORG_SOCKET_CLIENT } from '../../mock/genesys/server.ts';
import { SWITCHES, type Switches } from '../../mock/genesys/switches.ts';
import { UsageError } from '../exit.ts';
import { type MockOrganisation, startMockOrganisation } from './stand-ins.ts';

export interface ServeMockOptions {
  readonly port: number;
  readonly rate: number;
  readonly seed: number;
  readonly json: boolean;
  readonly dialect: MockDialect;
  readonly switches: Partial<Switches>;
  /** Ids of the faults to play. */
  readonly faults: readonly string[];
  /** When they strike; each fault's own first moment if not said. */
  readonly moment: Moment | undefined;
}

/**
 * Serves a mock organisation until a signal.
 * @throws {UsageError} a fault can't be played
 */
export async function serveMock(options: ServeMockOptions): Promise<void> {
  const { json, dialect, faults, moment } = options;
  const organisation = await startMockOrganisation({ ...options, remembering: 0 });
  const { centre, genesys } = organisation;
  try {
    const played = await playFaults(genesys, faults, moment ? { dialect, moment } : { dialect });
    const environment = { ...environmentOf(organisation, dialect), ...played.environment };
    const { payload } = played;
    print(
      json
        ? JSON.stringify({ url: genesys.url, environment, payload })
        : invite(genesys.url, environment, payload),
    );
    centre.start();
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    centre.stop();
    await played.stop();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`${error.message}; see --list-faults`) : error;
  } finally {
    await genesys.close();
  }
}

/** Prints each choice that the mock makes where the published sources are silent. */
export function listSwitches(json: boolean): void {
  const switches = Object.entries(SWITCHES).map(([name, definition]) => ({ name, ...definition }));
  const lines = switches.map(
    ({ name, topic, decides, values, default: preset }) =>
      `${name} (${topic}): ${decides}\n    ${values.map((value) => (value === preset ? `${value} (default)` : value)).join(', ')}`,
  );
  print(json ? JSON.stringify(switches, null, 2) : lines.join('\n'));
}

/** Prints each fault that can be played. */
export function listFaults(json: boolean): void {
  const lines = FAULTS.map(
    ({ id, plays, dialects, moments, expectedCauses }) =>
      `${id} (${dialects.join(', ')}): ${plays}\n    at ${moments.join(', ')}; cause: ${expectedCauses.join(', ')}`,
  );
  print(json ? JSON.stringify(FAULTS, null, 2) : lines.join('\n'));
}

/** What points a client at the mock. */
export function environmentOf(
  { genesys, credentials }: MockOrganisation,
  dialect: MockDialect,
): Readonly<Record<string, string>> {
  const common = {
    GENESYSCLOUD_OAUTHCLIENT_ID: credentials.clientId,
    GENESYSCLOUD_OAUTHCLIENT_SECRET: credentials.clientSecret,
    GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
    GENESYSCLOUD_API_URL: genesys.apiUrl,
  };
  if (dialect === 'channels') return { ...common, TOPICS: 'queues:*' };
  const [origin = ''] = ORG_SOCKET_CLIENT.origins ?? [];
  return {
    ...common,
    DIALECT: dialect,
    GENESYSCLOUD_ORG_ID: genesys.orgId,
    GENESYSCLOUD_ORG_SOCKET_URL: genesys.orgSocketUrl,
    ORG_SOCKET_ORIGIN: origin,
  };
}

function invite(
  url: string,
  environment: Readonly<Record<string, string>>,
  payload: string | undefined,
): string {
  const subscribe =
    payload === undefined ? [] : ['The subscribe message to send, as it is:', '', payload, ''];
  return [
    `A mock Genesys Cloud is running at ${url}. For the listener:`,
    '',
    ...Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`),
    '',
    ...subscribe,
  ].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
