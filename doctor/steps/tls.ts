import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, rootCertificates, type TLSSocket } from 'node:tls';
import type { Clock } from '../../listener/clock.ts';
import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import type { Step } from '../step.ts';
import { codeOf, type Endpoint, endpointsOf } from './reaching.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Longer chains than this are loops. */
const LONGEST_CHAIN = 10;

interface Handshake {
  readonly protocol: string;
  readonly issuer: string;
  /** Why the certificate is not trusted here; undefined when it is. */
  readonly problem: string | undefined;
  /** Whether the chain ends at an authority that Node.js brings along. */
  readonly isPublic: boolean;
}

/** Makes a TLS handshake and looks at who signed the certificate. */
export const tlsStep: Step = {
  id: 'tls',
  title: 'TLS',
  dialects: DIALECTS,
  needs: ['tcp'],
  run: async (examination) => {
    const evidence: Evidence[] = [];
    const lines: string[] = [];
    for (const endpoint of endpointsOf(examination)) {
      const { host } = endpoint;
      if (!endpoint.isSecure) {
        lines.push(`${host}:${endpoint.port} is plain`);
        continue;
      }
      const startMs = examination.clock.monotonic();
      const handshake = await shakeHands(endpoint, examination.clock);
      if (typeof handshake === 'string') {
        const afterMs = examination.clock.monotonic() - startMs;
        evidence.push({ kind: 'host-unreachable', host, code: handshake, afterMs });
        lines.push(`${host}: ${handshake}`);
        continue;
      }
      const { problem, issuer, isPublic, protocol } = handshake;
      lines.push(`${host}: ${protocol}, issued by ${issuer}${problem === undefined ? '' : ` (${problem})`}`);
      if (problem !== undefined)
        evidence.push({ kind: 'certificate-untrusted', host, issuer, code: problem });
      else if (!isPublic) evidence.push({ kind: 'certificate-private', host, issuer });
    }
    const failed = evidence.some(({ kind }) => kind !== 'certificate-private');
    return {
      status: failed ? 'failed' : evidence.length > 0 ? 'warning' : 'ok',
      summary: lines.join('; '),
      evidence,
    };
  },
};

/** @returns the code of what went wrong when there was no handshake at all */
async function shakeHands({ host, port }: Endpoint, clock: Clock): Promise<Handshake | string> {
  const named = isIP(host) === 0 ? { servername: host } : {};
  // Not rejected here, so that it can be looked at; nothing is sent over this connection.
  const socket = connect({ host, port, ...named, rejectUnauthorized: false });
  try {
    return await new Promise((resolve) => {
      const cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => resolve('ETIMEDOUT'));
      const settle = (outcome: Handshake | string) => {
        cancel();
        resolve(outcome);
      };
      socket.once('secureConnect', () => settle(look(socket)));
      socket.on('error', (error) => settle(codeOf(error)));
    });
  } finally {
    socket.destroy();
  }
}

function look(socket: TLSSocket): Handshake {
  const chain = chainOf(socket);
  const top = chain.at(-1);
  const error: unknown = socket.authorizationError;
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    issuer: issuerName(chain[0]),
    problem: socket.authorized ? undefined : error instanceof Error ? codeOf(error) : String(error),
    isPublic: top !== undefined && isIssuedPublicly(top),
  };
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

/** The common name, or the organisation, of who signed. */
function issuerName(certificate: X509Certificate | undefined): string {
  const issuer = certificate?.issuer ?? '';
  return /^CN=(.+)$/m.exec(issuer)?.[1] ?? /^O=(.+)$/m.exec(issuer)?.[1] ?? 'nobody that it names';
}

let roots: readonly X509Certificate[] | undefined;

function isIssuedPublicly(certificate: X509Certificate): boolean {
  roots ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return roots.some(
    (root) => root.fingerprint256 === certificate.fingerprint256 || certificate.checkIssued(root),
  );
}
