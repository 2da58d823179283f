/**
 * Credentials: what the portal draws for people and programs. What is told once stands beside what is kept,
 * which only checks it.
 */
import type { AccessUser, ClientApplication, PasswordHash } from '../../contract/index.ts';
import { saltedHash } from '../../agent/identity/digest.ts';
import { sealerTo, totpContext } from '../../agent/identity/hpke.ts';
import { passwordHash } from '../../agent/identity/passwords.ts';
import type { Dice } from '../../agent/world.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const base32Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const saltBytes = 16;
const shortSaltBytes = 8;
const totpSecretBytes = 20;

/** What a password costs to check: n, r and p of scrypt, as OWASP has them for 16 MiB. */
const usualCost = { n: 16_384, r: 8, p: 5 } as const;

type Cost = Pick<PasswordHash, 'n' | 'p'>;

/** Something that is told once, and what is kept of it. */
export interface Drawn<Kept> {
  readonly text: string;
  readonly kept: Kept;
}

/** An API key. */
export const drawnKey = (dice: Dice): Drawn<ClientApplication['keys'][number]> => {
  const keyId = letters(dice, 8);
  const text = `hfk_${keyId}_${letters(dice, 32)}`;
  const salt = hex(dice, shortSaltBytes);
  return { text, kept: { keyId, salt, hash: saltedHash(salt, text) } };
};

/** A recovery code: eighty bits of chance in four groups. */
export const drawnRecoveryCode = (dice: Dice): Drawn<AccessUser['recoveryCodes'][number]> => {
  const text = [1, 2, 3, 4].map(() => letters(dice, 4)).join('-');
  const salt = hex(dice, shortSaltBytes);
  return { text, kept: { salt, hash: saltedHash(salt, text) } };
};

/** The secret of codes by time. */
export const drawnTotpSecret = (dice: Dice): Uint8Array => dice.bytes(totpSecretBytes);

/** What a password is checked with. */
export const keptPassword = async (
  password: string,
  dice: Dice,
  cost: Cost = usualCost,
): Promise<PasswordHash> => {
  const how = { r: 8, ...cost, salt: hex(dice, saltBytes) } as const;
  return { scheme: 'scrypt', ...how, hash: await passwordHash(password, how) };
};

/** A secret sealed to one device: its wrapping key's public half, and its name. */
export const sealedTotp = (
  secret: Uint8Array,
  to: { readonly wrappingKey: Uint8Array; readonly device: string; readonly userId: string },
  dice: Dice,
): string => {
  const seal = sealerTo(to.wrappingKey);
  const sealed = seal(secret, totpContext(to.device, to.userId), dice.bytes(32));
  return Buffer.from(sealed).toString('base64');
};

/** The secret as an app on a phone reads it. */
export const otpauthUri = (secret: Uint8Array, clientId: string, userId: string): string =>
  `otpauth://totp/Holdfast:${encodeURIComponent(`${clientId}/${userId}`)}?secret=${base32(secret)}` +
  '&issuer=Holdfast&algorithm=SHA1&digits=6&period=30';

/** Base 32 (RFC 4648) without padding. */
export const base32 = (bytes: Uint8Array): string => {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => base32Letters.charAt(parseInt(group.padEnd(5, '0'), 2))).join('');
};

const letters = (dice: Dice, count: number): string =>
  [...dice.bytes(count)].map((byte) => crockford.charAt(byte % 32)).join('');

const hex = (dice: Dice, count: number): string => Buffer.from(dice.bytes(count)).toString('hex');
