import { describe, expect, it } from 'vitest';
import { ConfigError, namesAnOrganisation, readConfig, SETTINGS } from '../../listener/config.ts';

const GOOD = {
  GENESYSCLOUD_OAUTHCLIENT_ID: 'an-id',
  GENESYSCLOUD_OAUTHCLIENT_SECRET: 'a-secret-nobody-may-see',
  TOPICS: 'queues:*',
};
const ID = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';

function problemsOf(changes: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig({ ...GOOD, ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('a good configuration', () => {
  it('needs credentials and topics only', () => {
    expect(readConfig(GOOD)).toEqual({
      hosts: {
        baseDomain: 'mypurecloud.jp',
        loginUrl: 'https://login.mypurecloud.jp',
        apiUrl: 'https://api.mypurecloud.jp',
      },
      credentials: {
        from: 'environment',
        clientId: 'an-id',
        clientSecret: 'a-secret-nobody-may-see',
      },
      dialect: { name: 'channels' },
      topics: [{ kind: 'all-queues' }],
      topicsRefreshMs: 300_000,
      eventBusName: 'conversation-bridge',
      awsRegion: 'ap-northeast-1',
      awsEndpointUrl: undefined,
      shard: '0',
      detailTypeMode: 'contract',
      healthPort: 8080,
      healthPortMayMove: true,
      logLevel: 'info',
      storage: {
        state: { in: 'folder', folder: '.state' },
        parking: { in: 'folder', folder: '.parked' },
        payloads: { in: 'folder', folder: '.payloads' },
        payloadLimitBytes: 240 * 1024,
        bufferBytes: 64 * 1024 * 1024,
      },
      timing: {
        leaseMs: 3_000,
        handoverMs: 0,
        heartbeatTimeoutMs: undefined,
        analyticsLagMs: 60_000,
        credentialsRecheckMs: 300_000,
      },
    });
  });

  it('may set everything', () => {
    const config = readConfig({
      GENESYS_SECRET_ID: 'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:genesys-AbCdEf',
      GENESYSCLOUD_REGION: 'eu-central-1',
      GENESYSCLOUD_LOGIN_URL: 'http://127.0.0.1:8081/',
      GENESYSCLOUD_API_URL: 'https://gateway.example.com/genesys/',
      TOPICS: ` queue:Support , user:a.b@example.com,, conversation:${ID} ,v2.users.${ID}?presence&activity,queues:*`,
      TOPICS_REFRESH_SECONDS: '60',
      EVENT_BUS_NAME: 'arn:aws:events:eu-central-1:123456789012:event-bus/orders',
      AWS_REGION: 'us-gov-west-1',
      AWS_ENDPOINT_URL: 'http://emulator:4566',
      SHARD: 'eu_1',
      DETAIL_TYPE: 'topic',
      HEALTH_PORT: '0',
      LOG_LEVEL: 'trace',
      PARKING_DIR: '/var/parked',
      LEASE_SECONDS: '10',
      HANDOVER_SECONDS: '90',
      HEARTBEAT_TIMEOUT_SECONDS: '20',
      ANALYTICS_LAG_SECONDS: '0',
      CREDENTIALS_RECHECK_SECONDS: '1',
    });
    expect(config).toMatchObject({
      credentials: { from: 'secrets-manager', secretId: expect.stringContaining('secret:genesys') },
      hosts: {
        baseDomain: 'mypurecloud.de',
        loginUrl: 'http://127.0.0.1:8081',
        apiUrl: 'https://gateway.example.com/genesys',
      },
      topics: [
        { kind: 'queue', nameOrId: 'Support' },
        { kind: 'user', emailOrId: 'a.b@example.com' },
        { kind: 'conversation', id: ID },
        { kind: 'topic', name: `v2.users.${ID}?presence&activity` },
        { kind: 'all-queues' },
      ],
      topicsRefreshMs: 60_000,
      healthPort: 0,
      healthPortMayMove: false,
      detailTypeMode: 'topic',
      awsEndpointUrl: 'http://emulator:4566',
      storage: { parking: { in: 'folder', folder: '/var/parked' } },
      timing: {
        leaseMs: 10_000,
        handoverMs: 90_000,
        heartbeatTimeoutMs: 20_000,
        analyticsLagMs: 0,
        credentialsRecheckMs: 1_000,
      },
    });
  });

  it('is the same whether a variable is absent, empty or blank', () => {
    const blanks = Object.fromEntries(SETTINGS.map(({ name }) => [name, '  ']));
    expect(readConfig({ ...blanks, ...GOOD })).toEqual(readConfig(GOOD));
  });

  it('has the fallbacks that the list of settings tells', () => {
    const fallbacks = Object.fromEntries(
      SETTINGS.flatMap((setting) => ('fallback' in setting ? [[setting.name, setting.fallback]] : [])),
    );
    expect(Object.keys(fallbacks).length).toBeGreaterThan(8);
    const usual = readConfig(GOOD);
    // Named, even as it comes by itself, a port is asked for; and what both dialects do is done in the same way.
    const named = { healthPortMayMove: false, timing: { ...usual.timing, heartbeatTimeoutMs: 40_000 } };
    expect(readConfig({ ...GOOD, ...fallbacks })).toEqual({ ...usual, ...named });
  });
});

describe('a bad configuration', () => {
  it.each([
    {
      what: 'no credentials',
      changes: { GENESYSCLOUD_OAUTHCLIENT_ID: '', GENESYSCLOUD_OAUTHCLIENT_SECRET: undefined },
      line: /^GENESYSCLOUD_OAUTHCLIENT_ID: no credentials; set it with GENESYSCLOUD_OAUTHCLIENT_SECRET, or set GENESYS_SECRET_ID$/,
    },
    {
      what: 'an id without a secret',
      changes: { GENESYSCLOUD_OAUTHCLIENT_SECRET: '' },
      line: /^GENESYSCLOUD_OAUTHCLIENT_SECRET: missing/,
    },
    {
      what: 'a secret without an id',
      changes: { GENESYSCLOUD_OAUTHCLIENT_ID: '' },
      line: /^GENESYSCLOUD_OAUTHCLIENT_ID: missing/,
    },
    {
      what: 'both kinds',
      changes: { GENESYS_SECRET_ID: 'name' },
      line: /^GENESYS_SECRET_ID: set either it or/,
    },
    {
      what: 'an unknown region',
      changes: { GENESYSCLOUD_REGION: 'mars-1' },
      line: /^GENESYSCLOUD_REGION: "mars-1" is no Genesys Cloud region; use one of us-east-1, .*ap-northeast-1/,
    },
    {
      what: 'no topic',
      changes: { TOPICS: '' },
      line: /^TOPICS: no topic is given; set for instance TOPICS=queues/,
    },
    { what: 'only commas', changes: { TOPICS: ' , ,' }, line: /^TOPICS: no topic is given/ },
    {
      what: 'a strange topic',
      changes: { TOPICS: 'calls' },
      line: /^TOPICS: "calls" is no topic; use queues:\*/,
    },
    { what: 'a nameless queue', changes: { TOPICS: 'queue: ' }, line: /^TOPICS: "queue:" names no queue/ },
    {
      what: 'a strange conversation',
      changes: { TOPICS: 'conversation:17' },
      line: /^TOPICS: "conversation:17" is no conversation id; it has the form/,
    },
    {
      what: 'plain http elsewhere',
      changes: { GENESYSCLOUD_API_URL: 'http://api.example.com' },
      line: /^GENESYSCLOUD_API_URL: "http:\/\/api.example.com" must be https/,
    },
    {
      what: 'plain http to something like loopback',
      changes: { GENESYSCLOUD_LOGIN_URL: 'http://127.0.0.1.example.com' },
      line: /^GENESYSCLOUD_LOGIN_URL: .* must be https/,
    },
    {
      what: 'no URL',
      changes: { GENESYSCLOUD_LOGIN_URL: 'login' },
      line: /^GENESYSCLOUD_LOGIN_URL: "login" is no URL/,
    },
    {
      what: 'a file',
      changes: { GENESYSCLOUD_API_URL: 'file:///etc' },
      line: /^GENESYSCLOUD_API_URL: .*https/,
    },
    {
      what: 'no endpoint',
      changes: { AWS_ENDPOINT_URL: 'emulator' },
      line: /^AWS_ENDPOINT_URL: "emulator" is no/,
    },
    {
      what: 'no AWS region',
      changes: { AWS_REGION: 'Tokyo' },
      line: /^AWS_REGION: "Tokyo" is no AWS region, such as/,
    },
    {
      what: 'no bus',
      changes: { EVENT_BUS_NAME: 'a bus' },
      line: /^EVENT_BUS_NAME: "a bus" is no name or ARN/,
    },
    {
      what: 'no port',
      changes: { HEALTH_PORT: '65536' },
      line: /^HEALTH_PORT: "65536" is not a whole number from 0/,
    },
    { what: 'a signed port', changes: { HEALTH_PORT: '-1' }, line: /^HEALTH_PORT: "-1" is not/ },
    { what: 'a hex port', changes: { HEALTH_PORT: '0x10' }, line: /^HEALTH_PORT: "0x10" is not/ },
    {
      what: 'a hasty refresh',
      changes: { TOPICS_REFRESH_SECONDS: '9' },
      line: /^TOPICS_REFRESH_SECONDS: "9" is not .* from 10/,
    },
    { what: 'a strange shard', changes: { SHARD: 'a b' }, line: /^SHARD: "a b" must be/ },
    {
      what: 'a strange level',
      changes: { LOG_LEVEL: 'loud' },
      line: /^LOG_LEVEL: "loud" is not one of trace, debug/,
    },
    {
      what: 'a strange mode',
      changes: { DETAIL_TYPE: 'x' },
      line: /^DETAIL_TYPE: "x" is not one of contract, topic/,
    },
  ])('($what) gets one line with the variable, the value and what to do', ({ changes, line }) => {
    const problems = problemsOf(changes);
    expect(problems).toEqual([expect.stringMatching(line)]);
    expect(problems[0]).not.toContain('\n');
  });

  it('is told all at once', () => {
    const problems = problemsOf({
      GENESYSCLOUD_OAUTHCLIENT_ID: '',
      GENESYSCLOUD_REGION: 'mars-1',
      HEALTH_PORT: 'x',
      TOPICS: 'calls,emails',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining(['GENESYSCLOUD_OAUTHCLIENT_ID', 'GENESYSCLOUD_REGION', 'HEALTH_PORT']),
    );
    expect(problems.filter((problem) => problem.startsWith('TOPICS'))).toHaveLength(2);
    expect(problems).toHaveLength(5);
  });

  it.each(['', ' , '])('is told of missing topics (%j) besides other problems', (topics) => {
    expect(problemsOf({ TOPICS: topics, HEALTH_PORT: 'x' })).toHaveLength(2);
  });

  it('never shows a secret', () => {
    const problems = problemsOf({
      GENESYSCLOUD_OAUTHCLIENT_ID: '',
      GENESYSCLOUD_API_URL: 'http://someone:hunter22@api.example.com',
      SHARD: '!',
    });
    expect(problems.join('\n')).not.toContain('a-secret-nobody-may-see');
    expect(problems.join('\n')).not.toContain('hunter22');
    expect(problems).toContain('GENESYSCLOUD_API_URL: must hold no user name or password');
  });
});

describe('naming an organisation', () => {
  it.each([
    'GENESYSCLOUD_OAUTHCLIENT_ID',
    'GENESYSCLOUD_OAUTHCLIENT_SECRET',
    'GENESYS_SECRET_ID',
    'GENESYSCLOUD_ORG_ID',
    'TOPICS',
  ])('is what %s does, unless it is blank', (name) => {
    expect(namesAnOrganisation({ [name]: 'x' })).toBe(true);
    expect(namesAnOrganisation({ [name]: ' ' })).toBe(false);
  });

  it('is not what a region or a bus does', () => {
    expect(namesAnOrganisation({ GENESYSCLOUD_REGION: 'eu-west-1', EVENT_BUS_NAME: 'x' })).toBe(false);
  });
});
