/**
 * The door to node-forge: X.509 certificates and signing requests, RSA only.
 *
 * The agent reads certificates and asks for them; it certifies nobody. The few pieces at the end are for
 * whoever plays the authority, so that the library still has one door.
 */
import forge from 'node-forge';

/** What a certificate says. Times are milliseconds since 1970. */
export interface CertificateFacts {
  readonly commonName: string;
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Reads a certificate; throws a plain sentence when the text is none. */
export const certificateFacts = (pem: string): CertificateFacts => {
  const { subject, issuer, validity } = certificateOf(pem);
  return {
    commonName: commonNameOf(subject),
    issuer: commonNameOf(issuer),
    notBefore: validity.notBefore.getTime(),
    notAfter: validity.notAfter.getTime(),
  };
};

const certificateOf = (pem: string): forge.pki.Certificate => {
  try {
    return forge.pki.certificateFromPem(pem);
  } catch {
    // The library's own message may quote the text, which might be a private key by mistake.
    throw new Error(
      'This is not a certificate: expected PEM text that begins with "BEGIN CERTIFICATE" and holds an ' +
        'RSA key. Fetch the certificate again.',
    );
  }
};

const commonNameOf = (name: forge.pki.Certificate['subject']): string => {
  const field = name.getField('CN') as { readonly value?: unknown } | null;
  return typeof field?.value === 'string' ? field.value : '';
};

// X.520 names are UTF-8; the library's default, PrintableString, has no "_".
const utf8Tag: number = forge.asn1.Type.UTF8;

/** A subject or issuer of one common name. */
export const nameOf = (commonName: string): forge.pki.CertificateField[] => [
  { shortName: 'CN', value: commonName, valueTagClass: utf8Tag },
];

/** Bits of the keys this device makes for itself. */
const keyBits = 2_048;

/** A new RSA private key, PEM; its chance is OpenSSL's own. */
export const freshPrivateKey = (): string =>
  forge.pki.privateKeyToPem(forge.pki.rsa.generateKeyPair({ bits: keyBits }).privateKey);

/** The same without waiting for it here: on a small device it takes seconds. */
export const freshPrivateKeyLater = (): Promise<string> =>
  new Promise((resolve, reject) => {
    forge.pki.rsa.generateKeyPair({ bits: keyBits }, (error, pair) => {
      // The library's types say there is always an error; there is none when it worked.
      if ((error as Error | null) === null) resolve(forge.pki.privateKeyToPem(pair.privateKey));
      else reject(error);
    });
  });

/** Whether a certificate is for the public half of this private key. Both are PEM. */
export const isForKey = (certificate: string, privateKey: string): boolean => {
  const certified = certificateOf(certificate).publicKey as forge.pki.rsa.PublicKey;
  return certified.n.equals(forge.pki.privateKeyFromPem(privateKey).n);
};

/** A PKCS #10 request for a certificate, signed with the key it is for. Both are PEM. */
export const signingRequest = (commonName: string, privateKey: string): string => {
  const key = forge.pki.privateKeyFromPem(privateKey);
  const request = forge.pki.createCertificationRequest();
  request.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  request.setSubject(nameOf(commonName));
  request.sign(key, forge.md.sha256.create());
  return forge.pki.certificationRequestToPem(request);
};

export const {
  certificateFromPem,
  certificateToPem,
  certificationRequestFromPem,
  createCertificate,
  distinguishedNameToAsn1,
  privateKeyFromPem,
  publicKeyFromPem,
  oids,
  publicKeyToPem,
} = forge.pki;

export const { asn1 } = forge;

/** PEM text of DER bytes, as the library holds them. */
export const pemOf = (type: string, body: string): string => forge.pem.encode({ type, body });

/** A fresh SHA-256, as the library's signatures want it. */
export const freshSha256 = (): forge.md.MessageDigest => forge.md.sha256.create();
