import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Survives a new installation of the npm packages. */
const TOXIPROXY_DIRECTORY = join(import.meta.dirname, '../../.venv/toxiproxy');
const TOXIPROXY = join(TOXIPROXY_DIRECTORY, 'server');
const TOXIPROXY_SOURCE = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0';

const APT_LOCK = join(tmpdir(), 'conversation-bridge-apt.lock');

/** What comes as a Debian package: the package, and the first of the places where its file may be. */
const PACKAGED = {
  nginx: { packageName: 'nginx-light', places: ['/usr/sbin/nginx'] },
  stunnel: { packageName: 'stunnel4', places: ['/usr/bin/stunnel4'] },
  openssl: { packageName: 'openssl', places: ['/usr/bin/openssl'] },
  iptables: { packageName: 'iptables', places: ['/usr/sbin/iptables'] },
  ip: { packageName: 'iproute2', places: ['/usr/sbin/ip', '/sbin/ip', '/bin/ip'] },
  libfaketime: {
    packageName: 'libfaketime',
    places: ['x86_64', 'aarch64'].map(
      (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
    ),
  },
} as const;

/**
 * Installs a program of others, unless it is there.
 * @returns its path
 * @throws Error when it can't be installed; a test that lacks its peer fails
 */
export async function installed(program: keyof typeof PACKAGED | 'toxiproxy'): Promise<string> {
  if (program === 'toxiproxy') return toxiproxy();
  const { packageName, places } = PACKAGED[program];
  const before = await firstThatExists(places);
  if (before !== undefined) return before;
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  // Files of tests run side by side, and the lists have a lock that nobody waits for.
  const alone = (...args: readonly string[]) =>
    run('flock', [APT_LOCK, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args], environment);
  await alone('update');
  await alone('install', '-y', '--no-install-recommends', packageName);
  const after = await firstThatExists(places);
  if (after === undefined) throw new Error(`${packageName} has none of ${places.join(', ')}`);
  return after;
}

async function toxiproxy(): Promise<string> {
  if ((await firstThatExists([TOXIPROXY])) === undefined)
    await run('go', ['install', TOXIPROXY_SOURCE], { env: { ...process.env, GOBIN: TOXIPROXY_DIRECTORY } });
  return TOXIPROXY;
}

async function firstThatExists(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const exists = await access(place).then(
      () => true,
      () => false,
    );
    if (exists) return place;
  }
  return undefined;
}
