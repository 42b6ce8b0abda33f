import { SWITCHES } from '../../mock/genesys/switches.ts';
import { startMockOrganisation } from './stand-ins.ts';

export interface ServeMockOptions {
  readonly port: number;
  readonly rate: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Serves a mock organisation until a signal. */
export async function serveMock({ port, rate, seed, json }: ServeMockOptions): Promise<void> {
  const { centre, genesys, credentials } = await startMockOrganisation({ port, rate, seed, remembering: 0 });
  const environment = {
    GENESYSCLOUD_OAUTHCLIENT_ID: credentials.clientId,
    GENESYSCLOUD_OAUTHCLIENT_SECRET: credentials.clientSecret,
    GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
    GENESYSCLOUD_API_URL: genesys.apiUrl,
    TOPICS: 'queues:*',
  };
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  const text = [
    `A mock Genesys Cloud is running at ${genesys.url}. For the listener:`,
    '',
    ...lines,
    '',
  ].join('\n');
  process.stdout.write(`${json ? JSON.stringify({ url: genesys.url, environment }) : text}\n`);
  centre.start();
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  centre.stop();
  await genesys.close();
}

/** Prints each choice that the mock makes where the published sources are silent. */
export function listSwitches(json: boolean): void {
  const switches = Object.entries(SWITCHES).map(([name, definition]) => ({ name, ...definition }));
  const lines = switches.map(
    ({ name, topic, decides, values, default: preset }) =>
      `${name} (${topic}): ${decides}\n    ${values.map((value) => (value === preset ? `${value} (default)` : value)).join(', ')}`,
  );
  process.stdout.write(`${json ? JSON.stringify(switches, null, 2) : lines.join('\n')}\n`);
}
