/**
 * The regions of Genesys Cloud: AWS region name → base domain. Login, API and streaming hosts are
 * `login.`, `api.` and `streaming.` before the base.
 * Source: `PureCloudRegionHosts` of Genesys's own JavaScript SDK, version 262.
 */
const BASE_DOMAINS = {
  'us-east-1': 'mypurecloud.com',
  'us-east-2': 'use2.us-gov-pure.cloud',
  'us-west-2': 'usw2.pure.cloud',
  'ca-central-1': 'cac1.pure.cloud',
  'sa-east-1': 'sae1.pure.cloud',
  'mx-central-1': 'mxc1.pure.cloud',
  'eu-west-1': 'mypurecloud.ie',
  'eu-west-2': 'euw2.pure.cloud',
  'eu-central-1': 'mypurecloud.de',
  'eu-central-2': 'euc2.pure.cloud',
  'eusc-de-east-1': 'edee1.eusc-pure.cloud',
  'me-central-1': 'mec1.pure.cloud',
  'ap-south-1': 'aps1.pure.cloud',
  'ap-northeast-1': 'mypurecloud.jp',
  'ap-northeast-2': 'apne2.pure.cloud',
  'ap-northeast-3': 'apne3.pure.cloud',
  'ap-southeast-1': 'apse1.pure.cloud',
  'ap-southeast-2': 'mypurecloud.com.au',
} as const;

/** Where one organisation's Genesys Cloud is reached. */
export interface GenesysHosts {
  /** The region's base domain, e.g. `mypurecloud.jp`. */
  readonly baseDomain: string;
  /** Without a trailing slash. */
  readonly loginUrl: string;
  /** Without a trailing slash. */
  readonly apiUrl: string;
}

export const REGION_NAMES: readonly string[] = Object.keys(BASE_DOMAINS);

/** The base domain for an AWS region name or for a base domain itself; undefined when it is neither. */
export function baseDomainOf(region: string): string | undefined {
  const wanted = region.toLowerCase();
  return Object.entries(BASE_DOMAINS).find(([name, base]) => name === wanted || base === wanted)?.[1];
}

/** The hosts of a region, or of another server that stands in for it (a mock, a gateway). */
export function genesysHosts(
  baseDomain: string,
  overrides: { loginUrl?: string | undefined; apiUrl?: string | undefined } = {},
): GenesysHosts {
  return {
    baseDomain,
    loginUrl: withoutSlash(overrides.loginUrl ?? `https://login.${baseDomain}`),
    apiUrl: withoutSlash(overrides.apiUrl ?? `https://api.${baseDomain}`),
  };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host name (as `URL.hostname` has it) is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Why a socket address handed out by the API must not be used, or undefined when it may be.
 * Only hosts of the configured region are trusted, or the host that was configured in its place;
 * plain `ws` only on loopback.
 */
export function connectUriProblem(connectUri: string, hosts: GenesysHosts): string | undefined {
  if (!URL.canParse(connectUri)) return 'it is no URL';
  const uri = new URL(connectUri);
  if (uri.protocol !== 'wss:' && !(uri.protocol === 'ws:' && isLoopback(uri.hostname)))
    return `its scheme is ${uri.protocol}//, not wss://`;
  const standIn = new URL(hosts.apiUrl).hostname;
  const trusted = uri.hostname.endsWith(`.${hosts.baseDomain}`) || uri.hostname === standIn;
  return trusted ? undefined : `its host ${uri.hostname} is neither in ${hosts.baseDomain} nor ${standIn}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
