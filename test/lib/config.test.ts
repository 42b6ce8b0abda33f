import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseStackConfig } from '../../lib/config.ts';
import { gatherConfig } from '../../lib/config-source.ts';
import { ConfigError } from '../../listener/config.ts';
import { API } from './synthesis.ts';

const ORG_SOCKET = { mode: 'org-socket', organisation: 'acme', origin: 'https://bridge.example.com' };

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('needs nothing: all queues, Tokyo, public subnets, one shard', () => {
    expect(parseStackConfig({})).toMatchObject({
      name: 'conversation-bridge',
      region: 'ap-northeast-1',
      genesysRegion: 'ap-northeast-1',
      dialect: { mode: 'channels' },
      shards: [{ name: '0', topics: ['queues:*'], secretName: 'conversation-bridge/genesys' }],
      network: { mode: 'public' },
      consumers: { accounts: [] },
      businessHours: { enabled: true, timezone: 'Asia/Tokyo' },
      standby: false,
      retention: { logsDays: 30, archiveDays: 30, payloadDays: 31 },
      debugRule: false,
    });
  });

  it('of the org socket needs no topics, and takes lists from the command line', () => {
    const { dialect, shards } = parseStackConfig(
      gatherConfig({
        'dialect.mode': 'org-socket',
        'dialect.organisation': 'acme',
        'dialect.origin': 'https://bridge.example.com',
        'dialect.eventTypes': 'conversation:conversation:updated, routing:queue:updated',
      }),
    );
    expect(dialect).toEqual({
      ...ORG_SOCKET,
      eventTypes: ['conversation:conversation:updated', 'routing:queue:updated'],
    });
    expect(shards).toMatchObject([{ topics: ['conversations:*'] }]);
  });

  it('gives each shard the secret of the deployment unless it names another', () => {
    const { shards } = parseStackConfig({
      name: 'bridge',
      shards: [
        { name: 'a', topics: ['queue:A'] },
        { name: 'b', topics: ['queue:B'], secretName: 'other' },
      ],
    });
    expect(shards.map(({ secretName }) => secretName)).toEqual(['bridge/genesys', 'other']);
  });

  it.each<[string, unknown, RegExp]>([
    ['a name with capitals', { name: 'Bridge' }, /^name: "Bridge" must be 1 to 31 lower-case letters/],
    [
      'a field that is not one',
      { topcs: [] },
      /^the configuration: has no field "topcs"; it has name, account, /,
    ],
    ['an account id that is too short', { account: '123' }, /^account: "123" is no AWS account id/],
    ['a region that is none', { region: 'tokyo' }, /^region: "tokyo" is no AWS region/],
    [
      'a region without Genesys Cloud',
      { genesysRegion: 'eu-north-1' },
      /^genesysRegion: .*use one of us-east-1, /,
    ],
    [
      'a dialect that is none',
      { dialect: { mode: 'sse' } },
      /^dialect\.mode: must be one of channels, org-socket$/,
    ],
    [
      'an org socket without its origin',
      { dialect: { mode: 'org-socket', organisation: 'acme' } },
      /^dialect\.origin: missing; it must be a string$/,
    ],
    [
      'an organisation that is an address',
      { dialect: { ...ORG_SOCKET, organisation: 'acme.example.com' } },
      /^dialect\.organisation: "acme\.example\.com" is no id of an organisation$/,
    ],
    [
      'an origin with a path',
      { dialect: { ...ORG_SOCKET, origin: 'https://bridge.example.com/x' } },
      /^dialect\.origin: ".*" is no origin; give scheme and host alone/,
    ],
    [
      'a user agent that is no header',
      { dialect: { ...ORG_SOCKET, userAgent: 'brücke' } },
      /^dialect\.userAgent: must be printable ASCII/,
    ],
    [
      'an event type that is none',
      { dialect: { ...ORG_SOCKET, eventTypes: ['updated'] } },
      /^dialect\.eventTypes: "updated" is no event type/,
    ],
    [
      'an origin for channels',
      { dialect: { mode: 'channels', origin: 'https://bridge.example.com' } },
      /^dialect: has no field "origin"; it has mode$/,
    ],
    [
      'queues on the org socket',
      { dialect: ORG_SOCKET, topics: ['queue:Sales'] },
      /^topics: the org socket can't be asked for queue:Sales/,
    ],
    ['every conversation through channels', { topics: ['conversations:*'] }, /^topics: .*conversations:\*/],
    ['a topic that is none', { topics: ['foo'] }, /^topics: "foo" is no topic; use queues:\*/],
    ['a topic with a comma', { topics: ['queue:A,B'] }, /^topics: "queue:A,B" has a comma/],
    ['no topic', { topics: [] }, /^topics: is empty/],
    [
      'topics and shards',
      { topics: ['queues:*'], shards: [{ name: 'a', topics: ['queue:A'] }] },
      /^topics: set either/,
    ],
    [
      'a shard without topics',
      { shards: [{ name: 'a' }] },
      /^shards\.0\.topics: missing; it must be an array/,
    ],
    [
      'a shard name with a space',
      { shards: [{ name: 'a b', topics: ['queue:A'] }] },
      /^shards\.0\.name: "a b" must be/,
    ],
    [
      'two shards of one name',
      {
        shards: [
          { name: 'a', topics: ['queue:A'] },
          { name: 'a', topics: ['queue:B'] },
        ],
      },
      /^shards\.1\.name: "a" is the name of shards\.0/,
    ],
    [
      'a topic in two shards',
      {
        shards: [
          { name: 'a', topics: ['queue:A'] },
          { name: 'b', topics: ['queue:A'] },
        ],
      },
      /^shards\.1\.topics: "queue:A" is in shards\.0/,
    ],
    [
      'eleven shards',
      { shards: Array.from({ length: 11 }, (_, i) => ({ name: `${i}`, topics: [`queue:${i}`] })) },
      /^shards: names more than 10/,
    ],
    [
      'an unknown network',
      { network: { mode: 'vpn' } },
      /^network\.mode: must be one of public, private, existing/,
    ],
    [
      'three NAT gateways',
      { network: { mode: 'private', natGateways: 3 } },
      /^network\.natGateways: 3 is not a whole number from 1 to 2/,
    ],
    [
      'a VPC without subnets',
      { network: { mode: 'existing', vpcId: 'vpc-1' } },
      /^network\.subnetIds: missing/,
    ],
    [
      'a consumer that is no account',
      { consumers: { accounts: ['me'] } },
      /^consumers\.accounts\.0: "me" is no AWS account id/,
    ],
    [
      'an organisation that is none',
      { consumers: { organisation: 'acme' } },
      /^consumers\.organisation: "acme" is no id/,
    ],
    ['an address that is none', { alarms: { email: 'me' } }, /^alarms\.email: "me" is no e-mail address/],
    [
      'a day that is none',
      { businessHours: { days: ['monday'] } },
      /^businessHours\.days\.0: "monday" is not one of mon, tue/,
    ],
    [
      'a zone that is none',
      { businessHours: { timezone: 'Tokyo' } },
      /^businessHours\.timezone: "Tokyo" is no time zone/,
    ],
    [
      'hours that end before they begin',
      { businessHours: { from: '18:00', to: '09:00' } },
      /^businessHours\.to: must be after/,
    ],
    [
      'a retention that CloudWatch lacks',
      { retention: { logsDays: 8 } },
      /^retention\.logsDays: 8 is not one of 1, 3, 5/,
    ],
    ['a flag that is none', { debugRule: 'ja' }, /^debugRule: "ja" is not one of true, false/],
    ['a standby that is counted', { standby: 2 }, /^standby: 2 is not one of true, false/],
    [
      'a detail-type mode that is none',
      { detailType: 'raw' },
      /^detailType: "raw" is not one of contract, topic/,
    ],
    ['an API without URL', { api: {} }, /^api\.url: missing; it must be a string/],
    ['an API over plain HTTP', { api: { url: 'http://example.com' } }, /^api\.url: must be https/],
    [
      'a method that is none',
      { api: { ...API, method: 'GET' } },
      /^api\.method: "GET" is not one of POST, PUT, PATCH/,
    ],
    [
      'a header that is taken',
      { api: { ...API, secret: { header: 'Host' } } },
      /^api\.secret\.header: "Host" is set by/,
    ],
    [
      'a change that is none',
      { api: { ...API, match: { changes: ['gone'] } } },
      /^api\.match\.changes\.0: "gone" is not one of/,
    ],
    [
      'a memory that ends before the archive does',
      { api: { ...API, idempotencyDays: 30 } },
      /^api\.idempotencyDays: 30 is shorter than .*archiveDays: 30.*make it 31 or more, or set api\.replays to "skip"/,
    ],
    [
      'an archive that is kept for longer than it is remembered what was done',
      { api: { ...API, idempotencyDays: 31 }, retention: { archiveDays: 90 } },
      /^api\.idempotencyDays: 31 is shorter/,
    ],
    [
      'a way with replays that is none',
      { api: { ...API, replays: 'again' } },
      /^api\.replays: "again" is not one of once, skip/,
    ],
    ['an API with topic detail-types', { api: API, detailType: 'topic' }, /^api: needs detailType/],
  ])('names the field and what it may be: %s', (_, given, line) => {
    const problems = problemsOf(() => parseStackConfig(given));
    expect(problems).toEqual([expect.stringMatching(line)]);
  });

  it.each([30, 1, 3_653])(
    'remembers, and keeps bodies, for longer than an archive of %i days',
    (archiveDays) => {
      const { api, retention } = parseStackConfig({ api: API, retention: { archiveDays } });
      expect(api).toMatchObject({ replays: 'once', idempotencyDays: archiveDays + 1 });
      expect(retention.payloadDays).toBe(archiveDays + 1);
    },
  );

  it('lets the memory be short when replays are left out', () => {
    const { api } = parseStackConfig({ api: { ...API, replays: 'skip', idempotencyDays: 2 } });
    expect(api?.idempotencyDays).toBe(2);
  });

  it('names every wrong field at once', () => {
    expect(
      problemsOf(() => parseStackConfig({ debugRule: 1, name: '', retention: { archiveDays: 0 } })),
    ).toHaveLength(3);
  });
});

describe('where the configuration comes from', () => {
  const file = (content: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'config.json');
    writeFileSync(path, content);
    return path;
  };

  it('the command line goes before the file, field by field', () => {
    const config = file('{"name":"a","alarms":{"email":"a@example.com","runbookUrl":"https://example.com"}}');
    expect(gatherConfig({ config, name: 'b', 'alarms.email': 'b@example.com' })).toEqual({
      name: 'b',
      alarms: { email: 'b@example.com', runbookUrl: 'https://example.com' },
    });
  });

  it('takes lists, numbers, flags and JSON as text', () => {
    const given = gatherConfig({
      topics: 'queue:A, queue:B',
      'retention.logsDays': '7',
      debugRule: 'true',
      network: '{"mode":"private"}',
      account: '012345678901',
    });
    expect(parseStackConfig(given)).toMatchObject({
      shards: [{ topics: ['queue:A', 'queue:B'] }],
      retention: { logsDays: 7 },
      debugRule: true,
      network: { mode: 'private', natGateways: 2 },
      account: '012345678901',
    });
  });

  it('leaves CDK’s own context alone', () => {
    expect(
      gatherConfig({
        '@aws-cdk/core:checkSecretUsage': true,
        'aws:cdk:version': '2',
        'cli-telemetry': false,
      }),
    ).toEqual({});
  });

  it.each<[string, () => Record<string, unknown>, RegExp]>([
    [
      'a file that is not there',
      () => ({ config: '/nowhere.json' }),
      /^config: \/nowhere\.json can't be read/,
    ],
    ['a file that is no JSON', () => ({ config: file('{') }), /^config: .* can't be read as JSON/],
    ['a file with a list', () => ({ config: file('[]') }), /^config: .* holds no JSON object/],
    [
      'a field that is not one',
      () => ({ topcs: 'a' }),
      /^topcs: there is no such field; there are config, name/,
    ],
    ['broken JSON', () => ({ network: '{mode' }), /^network: "\{mode" begins like JSON/],
  ])('complains in one line of %s', (_, context, line) => {
    expect(problemsOf(() => gatherConfig(context()))).toEqual([expect.stringMatching(line)]);
  });
});
