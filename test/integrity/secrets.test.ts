import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fixedCredentials } from '../../listener/genesys/credentials.ts';
import { serveHealth } from '../../listener/telemetry/health.ts';
import { DEFAULT_CLIENT } from '../../mock/genesys/server.ts';
import { type BridgeHarness, startBridge } from './harness.ts';

// With characters that JSON escapes and Basic authentication encodes.
const CANARY = 'canary-"quoted"\\secret';
const CLIENT = { ...DEFAULT_CLIENT, secret: CANARY };
const CHANNELS = /\/notifications\/channels$/;

/** Collects every secret that goes over HTTP: the client's, tokens, channel ids. */
function collectSecrets(): Set<string> {
  const secrets = new Set([CANARY, JSON.stringify(CANARY).slice(1, -1)]);
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string, init?: RequestInit) => {
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization !== null) secrets.add(authorization.replace(/^\w+ /, ''));
    const response = await real(input, init);
    const text = await response.clone().text();
    for (const [, id] of text.matchAll(/"(?:id|access_token)":"([^"]{20,})"/g)) {
      if (id !== undefined && (id.startsWith('streaming-') || text.includes('access_token'))) secrets.add(id);
    }
    return response;
  });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return secrets;
}

/** All that leaves the bridge, as one text. */
async function everythingSaid({ lines, server, parkingFile, bridge }: BridgeHarness): Promise<string> {
  const health = await serveHealth(bridge, 0);
  const answers = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(`${health.url}${path}`)));
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  await health.close();
  const parked = await readFile(parkingFile, 'utf8').catch(() => '');
  return [
    ...texts,
    parked,
    JSON.stringify(lines),
    ...server.events.map((event) => JSON.stringify(event)),
  ].join('\n');
}

const FAILURES: Readonly<Record<string, (harness: BridgeHarness, secrets: ReadonlySet<string>) => unknown>> =
  {
    'a login that is refused': ({ mock }) =>
      mock.controls.failNext('POST', /oauth/, { status: 401, body: { error: 'invalid_client' } }),
    'a login answer that repeats the secret': ({ mock }) =>
      mock.controls.failNext('POST', /oauth/, {
        status: 400,
        body: { error: 'invalid_request', error_description: `no grant for ${CANARY}` },
      }),
    'a login answered with an unusable token': ({ mock }) =>
      mock.controls.failNext('POST', /oauth/, { status: 200, body: { access_token: CANARY } }),
    'a login answered with no JSON': ({ mock }) =>
      mock.controls.failNext('POST', /oauth/, { status: 200, body: `<html>${CANARY}</html>` }),
    'a login that fails': ({ mock }) => mock.controls.failNext('POST', /oauth/, { status: 503 }),
    'a channel that is refused': ({ mock }) => mock.controls.failNext('POST', CHANNELS, { status: 403 }),
    'an answer that is no channel': ({ mock }) =>
      mock.controls.failNext('POST', CHANNELS, { status: 200, body: { connectUri: `ws://x/${CANARY}` } }),
    'a refused subscription': ({ mock }) => mock.controls.failNext('PUT', /subscriptions$/, { status: 400 }),
    'a foreign connectUri': ({ mock, clock }) => {
      mock.controls.handOutConnectUri('wss://{id}.example.com/channels/{id}');
      clock.after(5_000, () => mock.controls.handOutConnectUri());
    },
    'an unreachable socket': ({ mock, clock }) => {
      mock.controls.handOutConnectUri('ws://127.0.0.1:9/channels/{id}');
      clock.after(5_000, () => mock.controls.handOutConnectUri());
    },
    'a refused upgrade': ({ mock }) => mock.controls.refuseNextUpgrades(401),
  };

const ENDS: Readonly<Record<string, (harness: BridgeHarness, secrets: ReadonlySet<string>) => unknown>> = {
  'a close reason that repeats the channel id': ({ mock }) =>
    mock.controls.channels().map(({ id }) => mock.controls.close(1008, `bye ${id}`, id)),
  'an evicted channel': ({ mock }) => mock.controls.channels().map(({ id }) => mock.controls.evict(id)),
  'a revoked token': ({ mock }) => mock.controls.endTokens('revoked'),
  maintenance: ({ mock }) => mock.controls.announceClosing(),
  'a system message that nobody knows': ({ mock }) => {
    for (const { id } of mock.controls.channels()) {
      mock.controls.send(
        `{"topicName":"subscription_changed","eventBody":{"channelId":"${id}","systemTopicType":"subscription_changed"}}`,
      );
    }
    mock.controls.drop();
  },
  'a 404 that repeats the channel id': ({ mock }) => {
    for (const { id } of mock.controls.channels())
      mock.controls.send(`{"result":"404","message":"Channel ${id} not found"}`);
  },
};

describe('neither client secret, token nor channel id leaves the bridge', () => {
  const start = async () => {
    const secrets = collectSecrets();
    const harness = await startBridge({
      mock: { clients: [CLIENT] },
      credentials: fixedCredentials({ clientId: CLIENT.id, clientSecret: CLIENT.secret }),
    });
    return { secrets, harness };
  };
  const expectSilence = async (harness: BridgeHarness, secrets: ReadonlySet<string>) => {
    const said = await everythingSaid(harness);
    // Secret, Basic, at least one token and one channel.
    expect(secrets.size).toBeGreaterThanOrEqual(5);
    expect(harness.lines.length).toBeGreaterThan(5);
    expect([...secrets].filter((secret) => said.includes(secret))).toEqual([]);
  };

  it.each(Object.keys(FAILURES))('on the way to a connection, with %s', async (name) => {
    const { secrets, harness } = await start();
    FAILURES[name]?.(harness, secrets);
    harness.bridge.start();
    await harness.settle();
    const saidInTrouble = await everythingSaid(harness);
    await harness.elapseUntil(() => harness.bridge.sessionState === 'live', 5_000);
    await harness.live(10);
    await harness.flow();
    await harness.stop();
    await expectSilence(harness, secrets);
    expect([...secrets].filter((secret) => saidInTrouble.includes(secret))).toEqual([]);
  });

  it.each(Object.keys(ENDS))('at the end of a connection, by %s', async (name) => {
    const { secrets, harness } = await start();
    await harness.goLive();
    await harness.live(10);
    ENDS[name]?.(harness, secrets);
    await harness.elapseUntil(() => harness.metrics.total('ConnectionsEnded') === 1, 100);
    const saidInTrouble = await everythingSaid(harness);
    await harness.elapseUntil(() => harness.bridge.sessionState === 'live');
    await harness.stop();
    await expectSilence(harness, secrets);
    expect([...secrets].filter((secret) => saidInTrouble.includes(secret))).toEqual([]);
  });
});
