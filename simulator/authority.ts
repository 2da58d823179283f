/**
 * A certificate authority: what stands behind the broker's and every device's certificate, for the demo and
 * the tests.
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import {
  certificateToPem,
  certificationRequestFromPem,
  createCertificate,
  freshPrivateKey,
  freshSha256,
  nameOf,
  privateKeyFromPem,
  publicKeyFromPem,
  publicKeyToPem,
} from '../agent/identity/forge.ts';

/** A certificate and its private key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Authority extends Credentials {
  readonly name: string;
}

/** How long a certificate lives, from `now` (milliseconds since 1970). */
export interface Life {
  readonly now: number;
  readonly days: number;
}

/** What a certificate is asked to say. `hosts` are the DNS names and IP addresses of a server. */
export interface Wanted extends Life {
  readonly authority: Authority;
  readonly commonName: string;
  readonly use: 'server' | 'client';
  readonly hosts?: readonly string[];
  /** The private key it is for; a fresh one unless given. */
  readonly key?: string;
}

export const authorityDays = 3_650;
const dayMs = 86_400_000;

const publicHalf = (privateKey: string): string =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();

/** A new authority, trusted by whoever is given its certificate. */
export const makeAuthority = (name: string, now: number): Authority => {
  const privateKey = freshPrivateKey();
  const certificate = certify(
    { commonName: name, publicKey: publicHalf(privateKey), now, days: authorityDays },
    { name, privateKey },
    [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  );
  return { name, certificate, privateKey };
};

/** A certificate with its key. */
export const issueCertificate = (wanted: Wanted): Credentials => {
  const privateKey = wanted.key ?? freshPrivateKey();
  const { authority } = wanted;
  const holder = { ...wanted, publicKey: publicHalf(privateKey) };
  const certificate = certify(holder, authority, extensionsOf(wanted));
  return { certificate, privateKey };
};

/** Bits of the weakest RSA key that is certified. */
export const keyBitsLeast = 2_048;

/** What a registering device asks a certificate for: its public key, its own and strong enough. */
export const openRequest = (request: string): { readonly publicKey: string } | undefined => {
  try {
    const opened = certificationRequestFromPem(request);
    if (!opened.verify() || opened.publicKey === null) return undefined;
    const publicKey = publicKeyToPem(opened.publicKey);
    const bits = createPublicKey(publicKey).asymmetricKeyDetails?.modulusLength ?? 0;
    return bits < keyBitsLeast ? undefined : { publicKey };
  } catch {
    return undefined;
  }
};

/** A device's certificate for the public key of its request; the authority chooses the name. */
export const issueForKey = (
  publicKey: string,
  wanted: Life & { readonly authority: Authority; readonly commonName: string },
): string =>
  certify({ ...wanted, publicKey }, wanted.authority, extensionsOf({ use: 'client', hosts: [] }));

interface Holder extends Life {
  readonly commonName: string;
  readonly publicKey: string;
}

const certify = (
  { commonName, publicKey, now, days }: Holder,
  signer: { readonly name: string; readonly privateKey: string },
  extensions: readonly object[],
): string => {
  const certificate = createCertificate();
  certificate.publicKey = publicKeyFromPem(publicKey);
  // The leading 01 keeps the number positive and of constant length (RFC 5280 §4.1.2.2).
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now);
  certificate.validity.notAfter = new Date(now + days * dayMs);
  certificate.setSubject(nameOf(commonName));
  certificate.setIssuer(nameOf(signer.name));
  certificate.setExtensions([...extensions]);
  certificate.sign(privateKeyFromPem(signer.privateKey), freshSha256());
  return certificateToPem(certificate);
};

const extensionsOf = ({ use, hosts = [] }: Pick<Wanted, 'use' | 'hosts'>): object[] => [
  { name: 'basicConstraints', cA: false },
  { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
  { name: 'extKeyUsage', serverAuth: use === 'server', clientAuth: use === 'client' },
  ...(hosts.length === 0 ? [] : [{ name: 'subjectAltName', altNames: hosts.map(altNameOf) }]),
];

// GeneralName: 2 is a DNS name, 7 an IP address (RFC 5280 §4.2.1.6).
const altNameOf = (host: string): object =>
  /^[0-9.]+$|:/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
