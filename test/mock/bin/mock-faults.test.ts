import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FAULTS } from '../../../mock/faults/play.ts';
import { MOMENTS } from '../../../mock/genesys/moments.ts';
import { ListenerProcess } from '../../listener-process.ts';
import { OrgClient } from '../org-socket/harness.ts';

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const process = new ListenerProcess(args, env);
  const exitCode = await process.end();
  return { exitCode, stdout: process.stdout, stderr: process.stderr };
}

/** Starts the mock and gives what it prints. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const mock = new ListenerProcess(['mock', '--json', ...args], env);
  await mock.untilSays(/\n/);
  const Printed = z.object({ environment: z.record(z.string(), z.string()), payload: z.string().optional() });
  return { mock, ...Printed.parse(JSON.parse(mock.stdout)) };
}

async function authenticate(environment: Readonly<Record<string, string>>): Promise<OrgClient> {
  const { GENESYSCLOUD_OAUTHCLIENT_ID: id = '', GENESYSCLOUD_OAUTHCLIENT_SECRET: secret = '' } = environment;
  const answer = await fetch(`${environment['GENESYSCLOUD_LOGIN_URL']}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
  });
  const { access_token } = z.object({ access_token: z.string() }).parse(await answer.json());
  const client = await OrgClient.open(environment['GENESYSCLOUD_ORG_SOCKET_URL'] ?? '', {
    origin: environment['ORG_SOCKET_ORIGIN'] ?? '',
    'user-agent': 'test',
  });
  client.auth(access_token);
  return client;
}

describe('conversation-bridge mock', { timeout: 30_000 }, () => {
  it('--list-faults tells each fault with the causes that it should be told by', async () => {
    const faults = JSON.parse((await run(['mock', '--list-faults', '--json'])).stdout);
    expect(faults).toEqual(FAULTS);
    const text = (await run(['mock', '--list-faults'])).stdout;
    for (const { id } of FAULTS) expect(text).toContain(`\n${id} (`.slice(text.startsWith(id) ? 1 : 0));
  });

  it('--at takes every moment that there is', async () => {
    const help = (await run(['mock', '--help'])).stdout.replace(/\s+/g, ' ');
    expect(help).toContain(`choices: ${MOMENTS.map((moment) => `"${moment}"`).join(', ')}`);
  });

  it('--fault gives the client what it has to be started with', async () => {
    const { mock, environment, payload } = await start([
      '--dialect',
      'org-socket',
      '--fault',
      'subscribe-empty',
      '--fault',
      'secret-wrong',
    ]);
    expect(payload).toBe('');
    expect(environment).toMatchObject({
      GENESYSCLOUD_OAUTHCLIENT_SECRET: 'not-the-secret',
      ORG_SOCKET_ORIGIN: 'https://bridge.example.com',
    });
    expect(await mock.end('SIGTERM')).toBe(0);
  });

  it('plays a fault strictly, or says what is wrong, by JWT_VALIDATION_MODE', async () => {
    const args = ['--dialect', 'org-socket', '--fault', 'token-expired'];
    const strict = await start(args);
    expect(await (await authenticate(strict.environment)).closed()).toBe(1006);
    await strict.mock.end('SIGTERM');
    const lenient = await start(args, { JWT_VALIDATION_MODE: 'lenient' });
    expect(await (await authenticate(lenient.environment)).next()).toMatchObject({ code: 'token.expired' });
    await lenient.mock.end('SIGTERM');
  });

  it.each([
    [['--fault', 'nonsense'], {}, 'There is no fault nonsense; see --list-faults\n'],
    [['--fault', 'channel-evicted', '--dialect', 'org-socket'], {}, 'one of the dialect channels'],
    [['--fault', 'idle-cut', '--at', 'auth'], {}, 'can strike at after-subscribe, live, not at auth'],
    [['--at', 'lunch'], {}, 'Allowed choices are connect, auth'],
    [[], { JWT_VALIDATION_MODE: 'lax' }, 'JWT_VALIDATION_MODE: "lax" is not one of strict, lenient\n'],
  ])('refuses %j with %j in one line, as wrong usage', async (args, env, message) => {
    const { exitCode, stderr } = await run(['mock', ...args], env);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
