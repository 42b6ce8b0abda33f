import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM: the certificate for loopback, then the one that signed it. */
  readonly chain: string;
}

/** Who signs in place of a public authority: the name that a diagnosis should find in the certificate. */
const INSPECTION_AUTHORITY = 'Example Corporation Web Gateway CA';

let made: Promise<Certificate> | undefined;

/** A certificate as boxes make them that look into TLS: for the right name, signed by an authority that nobody knows. */
export function inspectionCertificate(): Promise<Certificate> {
  made ??= make();
  return made;
}

async function make(): Promise<Certificate> {
  const common = { keyType: 'ec', algorithm: 'sha256' } as const;
  const authority = await generate(
    [
      { name: 'commonName', value: INSPECTION_AUTHORITY },
      { name: 'organizationName', value: 'Example Corporation' },
    ],
    { ...common, extensions: [{ name: 'basicConstraints', cA: true, critical: true }] },
  );
  const leaf = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { key: leaf.private, chain: `${leaf.cert}\n${authority.cert}` };
}
