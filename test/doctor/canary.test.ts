import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { renderStep, renderVerdict } from '../../doctor/render.ts';
import { DEFAULT_CLIENT, ORG_SOCKET_CLIENT } from '../../mock/genesys/server.ts';
import { examineMock } from './against-mock.ts';

// With characters that JSON escapes and Basic authentication encodes.
const CANARY = 'canary-"quoted"\\secret';

/** Collects every secret that goes over HTTP: the client's, tokens, channel ids. */
function collectSecrets(): Set<string> {
  const secrets = new Set([CANARY, JSON.stringify(CANARY).slice(1, -1)]);
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', async (input: string, init?: RequestInit) => {
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization !== null) secrets.add(authorization.replace(/^\w+ /, ''));
    const response = await real(input, init);
    const text = await response.clone().text();
    for (const [, id] of text.matchAll(/"(?:id|access_token)":"([^"]{20,})"/g))
      if (id !== undefined && (id.startsWith('streaming-') || text.includes('access_token'))) secrets.add(id);
    return response;
  });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return secrets;
}

const FAULTS = {
  channels: [
    'token-invalid',
    'token-revoked',
    'scope-missing',
    'channel-evicted',
    'connection-cut',
    'upgrade-401',
    'foreign-connect-uri',
    'second-connection',
    'maintenance',
    'rate-limited',
    'proxy-resets-upgrade',
    'tls-intercepted',
  ],
  'org-socket': [
    'token-invalid',
    'token-expired',
    'token-revoked',
    'origin-not-registered',
    'subscribe-three-faults',
    'subscribe-raw-string',
    'connection-reset',
    'half-open',
    'upgrade-502',
  ],
} as const;

/** Where the way ends early: no login, or no token. */
const LEAST_SECRETS: Readonly<Record<string, number>> = { 'tls-intercepted': 2, 'rate-limited': 3 };

describe.each(['channels', 'org-socket'] as const)('no secret in what the doctor says of %s', (dialect) => {
  it.each([[], ...FAULTS[dialect].map((fault) => [fault])])('with the fault %s', async (...faults) => {
    const secrets = collectSecrets();
    const client = dialect === 'channels' ? DEFAULT_CLIENT : ORG_SOCKET_CLIENT;
    const { report, transcript } = await examineMock(
      faults.filter((id) => id !== undefined),
      {
        dialect,
        mock: { clients: [{ ...client, secret: CANARY }] },
        env: { GENESYSCLOUD_OAUTHCLIENT_SECRET: CANARY },
        prepare: (mock) => {
          // Servers repeat what they were told.
          mock.controls.onMoment(({ socket }) =>
            socket?.sendRaw(`{"result":"400","message":"no ${socket.id}"}`),
          );
        },
      },
    );
    const said = [
      JSON.stringify(report),
      ...report.steps.map((step) => renderStep(step, false)),
      renderVerdict(report, false),
      transcript.toLines(),
    ].join('\n');
    // The secret in two forms, and what the way there has shown besides.
    expect(secrets.size).toBeGreaterThanOrEqual(LEAST_SECRETS[faults[0] ?? 'healthy'] ?? 4);
    expect([...secrets].filter((secret) => said.includes(secret))).toEqual([]);
  });
});
