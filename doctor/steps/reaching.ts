import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { Clock } from '../../listener/clock.ts';
import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import type { Examination } from '../examination.ts';
import type { Step } from '../step.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** A host and port that will be connected to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** Every endpoint that is known before a channel is made, each once. */
export function endpointsOf(examination: Examination): Endpoint[] {
  const { hosts, dialect } = examination.need('config');
  const urls = [hosts.loginUrl, hosts.apiUrl, ...(dialect.name === 'org-socket' ? [dialect.url] : [])];
  const endpoints = urls.map((text) => {
    const url = new URL(text);
    const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
    // A URL has square brackets around an IPv6 address, a socket has not.
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    return { host, port: Number(url.port || (isSecure ? 443 : 80)), isSecure };
  });
  return [...new Map(endpoints.map((each) => [`${each.host} ${each.port}`, each])).values()];
}

/** Looks the names up. */
export const dnsStep: Step = {
  id: 'dns',
  title: 'Names',
  dialects: DIALECTS,
  needs: ['configuration'],
  run: async (examination) => {
    const evidence: Evidence[] = [];
    const lines: string[] = [];
    for (const host of new Set(endpointsOf(examination).map((endpoint) => endpoint.host))) {
      if (isIP(host) !== 0) {
        lines.push(`${host} is an address`);
        continue;
      }
      try {
        const addresses = await lookup(host, { all: true });
        lines.push(`${host} is ${addresses.map(({ address }) => address).join(', ')}`);
      } catch (error) {
        const code = codeOf(error);
        evidence.push({ kind: 'name-unresolved', host, code });
        lines.push(`${host}: ${code}`);
      }
    }
    return { status: evidence.length > 0 ? 'failed' : 'ok', summary: lines.join('; '), evidence };
  },
};

/** Connects by TCP, and says nothing. */
export const tcpStep: Step = {
  id: 'tcp',
  title: 'TCP',
  dialects: DIALECTS,
  needs: ['dns'],
  run: async (examination) => {
    const { clock } = examination;
    const evidence: Evidence[] = [];
    const lines: string[] = [];
    for (const { host, port } of endpointsOf(examination)) {
      const startMs = clock.monotonic();
      const code = await connectOnce(host, port, clock);
      const afterMs = clock.monotonic() - startMs;
      const name = `${host}:${port}`;
      lines.push(`${name} ${code === undefined ? `in ${Math.round(afterMs)} ms` : code}`);
      if (code !== undefined) evidence.push({ kind: 'host-unreachable', host: name, code, afterMs });
    }
    return { status: evidence.length > 0 ? 'failed' : 'ok', summary: lines.join('; '), evidence };
  },
};

/** @returns the code of what went wrong; undefined when it is connected */
async function connectOnce(host: string, port: number, clock: Clock): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    return await new Promise((resolve) => {
      const cancel = clock.after(CONNECT_TIMEOUT_MS, () => resolve('ETIMEDOUT'));
      const settle = (code: string | undefined) => {
        cancel();
        resolve(code);
      };
      socket.once('connect', () => settle(undefined));
      socket.on('error', (error) => settle(codeOf(error)));
    });
  } finally {
    socket.destroy();
  }
}

/** The system's code of an error; of several, as when a name has several addresses, the first one's. */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
