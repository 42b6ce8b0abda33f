import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { type MockGenesys, ORG_SOCKET_CLIENT, startMockGenesys } from '../../mock/genesys/server.ts';
import { ListenerProcess } from '../listener-process.ts';

const CONVERSATION = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';

describe('with DIALECT=org-socket', { timeout: 30_000 }, () => {
  let centre: ContactCentre;
  let genesys: MockGenesys;
  let env: Record<string, string>;

  beforeAll(async () => {
    centre = new ContactCentre({ rate: 50 });
    genesys = await startMockGenesys({ contactCentre: centre, clients: [ORG_SOCKET_CLIENT] });
    centre.start();
    env = {
      DIALECT: 'org-socket',
      GENESYSCLOUD_OAUTHCLIENT_ID: ORG_SOCKET_CLIENT.id,
      GENESYSCLOUD_OAUTHCLIENT_SECRET: ORG_SOCKET_CLIENT.secret,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
      GENESYSCLOUD_ORG_SOCKET_URL: genesys.orgSocketUrl,
      ORG_SOCKET_ORIGIN: ORG_SOCKET_CLIENT.origins?.[0] ?? '',
    };
  });
  afterAll(async () => {
    centre.stop();
    await genesys.close();
  });

  async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const process = new ListenerProcess(args, { ...env, ...more });
    const exitCode = await process.end();
    return { exitCode, stdout: process.stdout, stderr: process.stderr };
  }

  it('start publishes what the org socket brings', async () => {
    const { exitCode, stdout } = await run(['start', '--local-bus', '--events', '20', '--json']);
    expect(exitCode).toBe(0);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(summary).toMatchObject({ parked: 0, lost: 0 });
    expect(summary.published).toBeGreaterThanOrEqual(20);
    expect(genesys.controls.channels()).toEqual([]);
  });

  it('topics shows what would be asked for, and asks nobody', async () => {
    const unreachable = {
      GENESYSCLOUD_LOGIN_URL: 'http://127.0.0.1:9',
      GENESYSCLOUD_API_URL: 'http://127.0.0.1:9',
    };
    const { exitCode, stdout } = await run(['topics'], unreachable);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^conversations:\*\n {4}conversation:conversation:updated\n {4}needs the scope notification:websocket:read,/,
    );
    const one = await run(['topics', '--json'], { ...unreachable, TOPICS: `conversation:${CONVERSATION}` });
    expect(JSON.parse(one.stdout)).toMatchObject({
      subscriptions: [{ subscription: `conversation:${CONVERSATION}` }],
      scopes: ['notification:websocket:read'],
      problems: [],
    });
  });

  it.each(['topics', 'start'])('%s refuses topics of the other dialect in one line', async (command) => {
    const { exitCode, stderr } = await run([command], { TOPICS: 'queues:*' });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^TOPICS: the org socket can't be asked for queues:\*; use .*\n$/);
  });
});
