/** Certificates and requests, as the agent reads and asks for them. */
import { expect, test } from 'vitest';
import { X509Certificate } from 'node:crypto';
import {
  certificateFacts,
  freshPrivateKey,
  signingRequest,
} from '../../../agent/identity/forge.ts';
import {
  issueCertificate,
  issueForKey,
  makeAuthority,
  openRequest,
} from '../../../simulator/authority.ts';

const now = Date.UTC(2026, 0, 15, 12);
const dayMs = 86_400_000;
const authority = makeAuthority('Test Authority', now);
const commonName = 'cli_1/dev-2';

test('a certificate says whose it is, who issued it and how long it lives', () => {
  const { certificate } = issueCertificate({ authority, commonName, use: 'client', now, days: 90 });
  expect(certificateFacts(certificate)).toEqual({
    commonName,
    issuer: 'Test Authority',
    notBefore: now,
    notAfter: now + 90 * dayMs,
  });
});

test.each([
  ['nothing', ''],
  ['a sentence', 'no certificate today'],
  ['a private key', authority.privateKey],
  ['half a certificate', authority.certificate.slice(0, 400)],
])('%s is refused as a certificate in plain words that quote nothing', (_, text) => {
  expect(() => certificateFacts(text)).toThrow(/^This is not a certificate: expected PEM text/);
});

test('OpenSSL agrees that the authority signed it and that it fits its key and hosts', () => {
  const { certificate, privateKey } = issueCertificate({
    authority,
    commonName: 'localhost',
    hosts: ['localhost', '127.0.0.1'],
    use: 'server',
    now,
    days: 1,
  });
  const read = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority.certificate);
  expect(issuer.ca).toBe(true);
  expect(read.ca).toBe(false);
  expect(read.checkIssued(issuer)).toBe(true);
  expect(read.verify(issuer.publicKey)).toBe(true);
  expect(read.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
  expect(read.toString()).toContain('BEGIN CERTIFICATE');
  expect(privateKey).toContain('BEGIN RSA PRIVATE KEY');
});

test('a request proves its key and becomes a certificate for it', () => {
  const key = freshPrivateKey();
  const opened = openRequest(signingRequest(commonName, key));
  const certificate = issueForKey(opened?.publicKey ?? '', { authority, commonName, now, days: 1 });
  const same = issueCertificate({ authority, commonName, use: 'client', now, days: 1, key });
  const keyOf = (pem: string) => new X509Certificate(pem).publicKey.export({ format: 'jwk' });
  expect(keyOf(certificate)).toEqual(keyOf(same.certificate));
});

test('a request that was tampered with is no request', () => {
  const request = signingRequest(commonName, freshPrivateKey());
  const bytes = Buffer.from(request.replace(/-----.*-----|\s/g, ''), 'base64');
  bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} CERTIFICATE REQUEST-----`);
  const tampered = `${begin}\n${bytes.toString('base64')}\n${end}\n`;
  expect(openRequest(request)).toBeDefined();
  expect(openRequest(tampered)).toBeUndefined();
  expect(openRequest('nothing')).toBeUndefined();
});
