import { describe, expect, it } from 'vitest';
import {
  baseDomainOf,
  connectUriProblem,
  genesysHosts,
  isLoopback,
  REGION_NAMES,
} from '../../../listener/genesys/regions.ts';

const TABLE = [
  ['us-east-1', 'mypurecloud.com'],
  ['us-east-2', 'use2.us-gov-pure.cloud'],
  ['us-west-2', 'usw2.pure.cloud'],
  ['ca-central-1', 'cac1.pure.cloud'],
  ['sa-east-1', 'sae1.pure.cloud'],
  ['mx-central-1', 'mxc1.pure.cloud'],
  ['eu-west-1', 'mypurecloud.ie'],
  ['eu-west-2', 'euw2.pure.cloud'],
  ['eu-central-1', 'mypurecloud.de'],
  ['eu-central-2', 'euc2.pure.cloud'],
  ['eusc-de-east-1', 'edee1.eusc-pure.cloud'],
  ['me-central-1', 'mec1.pure.cloud'],
  ['ap-south-1', 'aps1.pure.cloud'],
  ['ap-northeast-1', 'mypurecloud.jp'],
  ['ap-northeast-2', 'apne2.pure.cloud'],
  ['ap-northeast-3', 'apne3.pure.cloud'],
  ['ap-southeast-1', 'apse1.pure.cloud'],
  ['ap-southeast-2', 'mypurecloud.com.au'],
] as const;

describe('a region', () => {
  it.each(TABLE)('%s is %s, and either name will do, in whatever case', (name, base) => {
    expect(baseDomainOf(name)).toBe(base);
    expect(baseDomainOf(base)).toBe(base);
    expect(baseDomainOf(name.toUpperCase())).toBe(base);
    expect(genesysHosts(base)).toEqual({
      baseDomain: base,
      loginUrl: `https://login.${base}`,
      apiUrl: `https://api.${base}`,
    });
  });

  it('is one of these and no other', () => {
    expect(REGION_NAMES).toEqual(TABLE.map(([name]) => name));
    for (const unknown of ['', 'mars-1', 'pure.cloud', 'evilmypurecloud.jp', 'toString'])
      expect(baseDomainOf(unknown)).toBeUndefined();
  });

  it('can have other servers in its place', () => {
    const hosts = genesysHosts('mypurecloud.jp', {
      loginUrl: 'http://localhost:1//',
      apiUrl: 'https://gw/x/',
    });
    expect(hosts).toMatchObject({ loginUrl: 'http://localhost:1', apiUrl: 'https://gw/x' });
  });
});

describe('loopback', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['127.0.0.1.evil.com', 'localhost.evil.com', '10.0.0.1', '0.0.0.0', '128.0.0.1', ''])(
    'is not %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('the address of a socket', () => {
  const tokyo = genesysHosts('mypurecloud.jp');
  const gateway = genesysHosts('mypurecloud.jp', { apiUrl: 'https://gateway.example.com' });
  const mock = genesysHosts('mypurecloud.jp', { apiUrl: 'http://127.0.0.1:8081' });

  it.each([
    { uri: 'wss://streaming.mypurecloud.jp/channels/streaming-0-x', hosts: tokyo },
    { uri: 'WSS://STREAMING.MYPURECLOUD.JP/channels/x', hosts: tokyo },
    { uri: 'wss://streaming.mypurecloud.jp:8443/channels/x', hosts: tokyo },
    { uri: 'wss://gateway.example.com/channels/x', hosts: gateway },
    { uri: 'wss://streaming.mypurecloud.jp/channels/x', hosts: gateway },
    { uri: 'ws://127.0.0.1:9999/channels/x', hosts: mock },
  ])('$uri may be used', ({ uri, hosts }) => {
    expect(connectUriProblem(uri, hosts)).toBeUndefined();
  });

  it.each([
    { uri: 'wss://streaming.example.com/x', hosts: tokyo, problem: /streaming\.example\.com is neither/ },
    { uri: 'wss://streaming.mypurecloud.de/x', hosts: tokyo, problem: /mypurecloud\.de is neither/ },
    { uri: 'wss://evilmypurecloud.jp/x', hosts: tokyo, problem: /evilmypurecloud\.jp is neither/ },
    { uri: 'wss://mypurecloud.jp.evil.com/x', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://streaming.mypurecloud.jp@evil.com/x', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://evil.com/streaming.mypurecloud.jp', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://evil.com#.mypurecloud.jp', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://evil.com?.mypurecloud.jp', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://evil.com\\.mypurecloud.jp/x', hosts: tokyo, problem: /evil\.com is neither/ },
    { uri: 'wss://127.0.0.1/x', hosts: tokyo, problem: /127\.0\.0\.1 is neither/ },
    { uri: 'ws://127.0.0.1:9999/x', hosts: tokyo, problem: /127\.0\.0\.1 is neither/ },
    { uri: 'ws://localhost:9999/x', hosts: mock, problem: /localhost is neither/ },
    { uri: 'ws://streaming.mypurecloud.jp/x', hosts: tokyo, problem: /scheme is ws:/ },
    { uri: 'ws://gateway.example.com/x', hosts: gateway, problem: /scheme is ws:/ },
    { uri: 'https://streaming.mypurecloud.jp/x', hosts: tokyo, problem: /scheme is https:/ },
    { uri: 'streaming.mypurecloud.jp', hosts: tokyo, problem: /no URL/ },
    { uri: '', hosts: tokyo, problem: /no URL/ },
  ])('$uri may not be used', ({ uri, hosts, problem }) => {
    expect(connectUriProblem(uri, hosts)).toMatch(problem);
  });
});
