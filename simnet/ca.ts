// The x509 library resolves its parts through decorators, so the polyfill must be loaded before it.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

export interface CertificateAuthority {
  /** The certificate that clients have to trust. */
  pem: string;
  /** Key and certificate of one host, made on first use and kept. */
  secureContext: (host: string) => Promise<SecureContext>;
}

export async function createCa(): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const name = 'CN=nns-watch loopback Internet';
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = root.toString('pem');
  const contexts = new Map<string, Promise<SecureContext>>();
  const mint = (host: string, serial: number) => mintLeaf({ host, serial, issuer: name, issuerKeys: keys });
  return {
    pem,
    secureContext: (host) => {
      const known = contexts.get(host);
      if (known !== undefined) return known;
      const made = mint(host, contexts.size + 2);
      contexts.set(host, made);
      return made;
    },
  };
}

interface LeafOptions {
  host: string;
  serial: number;
  issuer: string;
  issuerKeys: webcrypto.CryptoKeyPair;
}

async function mintLeaf({ host, serial, issuer, issuerKeys }: LeafOptions): Promise<SecureContext> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16).padStart(4, '0'),
    subject: [{ CN: [host] }],
    issuer,
    ...validity(),
    signingKey: issuerKeys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return createSecureContext({ key, cert: certificate.toString('pem') });
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

// Generous on both sides, so that a test with a shifted clock does not trip over TLS.
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 400 * DAY), notAfter: new Date(Date.now() + 400 * DAY) };
}
