/**
 * A revocation list (RFC 5280 §5): the certificates an authority takes back before their time, for the broker
 * that has to refuse them.
 */
import {
  asn1,
  certificateFromPem,
  distinguishedNameToAsn1,
  freshSha256,
  oids,
  pemOf,
  privateKeyFromPem,
} from '../agent/identity/forge.ts';
import type { Authority } from './authority.ts';

const { Class, Type, create } = asn1;
type Node = ReturnType<typeof create>;

const sequence = (...held: Node[]): Node => create(Class.UNIVERSAL, Type.SEQUENCE, true, held);
const primitive = (type: number, content: string): Node =>
  create(Class.UNIVERSAL, type, false, content);

const integer = (hex: string): Node =>
  primitive(
    Type.INTEGER,
    Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('latin1'),
  );
const time = (ms: number): Node => primitive(Type.UTCTIME, asn1.dateToUtcTime(new Date(ms)));

// RFC 4055 §5: sha256WithRSAEncryption, with parameters of NULL.
const algorithm = (): Node =>
  sequence(
    primitive(Type.OID, asn1.oidToDer(oids['sha256WithRSAEncryption'] ?? '').getBytes()),
    primitive(Type.NULL, ''),
  );

export interface ListOptions {
  /** Serial numbers of certificates, hex, positive as the authority draws them. */
  readonly serials: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long the list is good, days. */
  readonly days: number;
}

/** The list, PEM, signed by the authority. */
export const revocationList = (
  authority: Authority,
  { serials, now, days }: ListOptions,
): string => {
  const issuer = certificateFromPem(authority.certificate).subject;
  const revoked = serials.map((serial) => sequence(integer(serial), time(now)));
  const list = sequence(
    // Version 2.
    integer('01'),
    algorithm(),
    distinguishedNameToAsn1(issuer),
    time(now),
    time(now + days * 86_400_000),
    ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
  );
  const digest = freshSha256().update(asn1.toDer(list).getBytes());
  const signature = privateKeyFromPem(authority.privateKey).sign(digest);
  const whole = sequence(list, algorithm(), primitive(Type.BITSTRING, `\u0000${signature}`));
  return pemOf('X509 CRL', asn1.toDer(whole).getBytes());
};
