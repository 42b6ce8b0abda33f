import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from './install.ts';
import { freePort, scratchDirectory, startPeer } from './peer-process.ts';

const run = promisify(execFile);

/** A TLS endpoint with a certificate of an authority of its own. */
export interface Interceptor {
  readonly url: string;
  /** The file of the authority's certificate, for who wants to trust it. */
  readonly authority: string;
}

/**
 * Starts stunnel, for as long as the test runs: it opens TLS with a certificate that OpenSSL has made.
 * @param target host and port of the server behind it
 */
export async function startStunnel(target: string): Promise<Interceptor> {
  const [program, openssl] = [await installed('stunnel'), await installed('openssl')];
  const directory = await scratchDirectory();
  const file = (name: string) => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = file('authority.pem');
  await run(openssl, [
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/O=Example Corp/CN=Example Corp Inspection'],
    ...['-addext', 'keyUsage=critical,keyCertSign', '-keyout', file('authority.key'), '-out', authority],
  ]);
  await run(openssl, [
    ...['req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=127.0.0.1'],
    ...['-CA', authority, '-CAkey', file('authority.key'), '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...[
      '-addext',
      'basicConstraints=critical,CA:FALSE',
      '-keyout',
      file('key.pem'),
      '-out',
      file('cert.pem'),
    ],
  ]);
  const port = await freePort();
  const configuration = file('stunnel.conf');
  await writeFile(
    configuration,
    `foreground = yes
pid =
[inspection]
accept = 127.0.0.1:${port}
connect = ${target}
cert = ${file('cert.pem')}
key = ${file('key.pem')}
`,
  );
  await startPeer(program, [configuration], port);
  return { url: `https://127.0.0.1:${port}`, authority };
}
