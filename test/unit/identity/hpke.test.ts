/** Sealing: HPKE by the published vector, by a second implementation both ways, and by tampering. */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { accountDataContext, sealerTo, unseal } from '../../../agent/identity/hpke.ts';
import { privateKeyOf, rawPublicOf } from '../../../agent/identity/raw-keys.ts';
import { seed } from '../../fixtures/seed.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (of: Uint8Array): string => Buffer.from(of).toString('hex');
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

/**
 * The test vectors published with RFC 9180: mode base (0), DHKEM(X25519, HKDF-SHA256) (0x20),
 * HKDF-SHA256 (1), AES-256-GCM (2), first message.
 */
const vector = {
  info: 'Ode on a Grecian Urn',
  aad: 'Count-0',
  plain: 'Beauty is truth, truth beauty',
  skRm: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
  pkRm: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
  skEm: '179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11',
  enc: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
  ct: 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
};

describe('the published vector', () => {
  const { info, aad } = vector;

  test('is what we seal, again and again', () => {
    const seal = sealerTo(bytes(vector.pkRm));
    const sealed = () => hex(seal(utf8(vector.plain), { info, aad }, bytes(vector.skEm)));
    expect(sealed()).toBe(vector.enc + vector.ct);
    // What a sealer keeps between two sealings is the recipient, and nothing of the first.
    seal(utf8('another'), { info: 'another', aad: 'another' }, new Uint8Array(32).fill(1));
    expect(sealed()).toBe(vector.enc + vector.ct);
  });

  test('is what we open', () => {
    const opened = unseal(bytes(vector.skRm), bytes(vector.enc + vector.ct), { info, aad });
    expect(Buffer.from(opened).toString()).toBe(vector.plain);
    expect(hex(rawPublicOf(privateKeyOf('x25519', bytes(vector.skRm))))).toBe(vector.pkRm);
  });
});

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
const secret = new Uint8Array(32).fill(5);
const recipient = rawPublicOf(privateKeyOf('x25519', secret));
const seal = sealerTo(recipient);
const context = accountDataContext('cli_1/dev-1', 'txn_1');
const exact = (of: Uint8Array): ArrayBuffer => new Uint8Array(of).buffer;

const raw32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const plain = fc.uint8Array({ maxLength: 2_000 });

describe('a second implementation', () => {
  test('opens what we seal', async () => {
    const recipientKey = await suite.kem.importKey('raw', exact(secret), false);
    const property = fc.asyncProperty(
      plain,
      raw32,
      text,
      text,
      async (data, ephemeral, info, aad) => {
        const sealed = seal(data, { info, aad }, ephemeral);
        const params = {
          recipientKey,
          enc: exact(sealed.subarray(0, 32)),
          info: exact(utf8(info)),
        };
        const opened = await suite.open(params, exact(sealed.subarray(32)), exact(utf8(aad)));
        expect(hex(new Uint8Array(opened))).toBe(hex(data));
      },
    );
    await fc.assert(property, { seed, numRuns: 40 });
  });

  test('seals what we open', async () => {
    const recipientPublicKey = await suite.kem.importKey('raw', exact(recipient), true);
    const property = fc.asyncProperty(plain, text, text, async (data, info, aad) => {
      const params = { recipientPublicKey, info: exact(utf8(info)) };
      const { enc, ct } = await suite.seal(params, exact(data), exact(utf8(aad)));
      const sealed = new Uint8Array([...new Uint8Array(enc), ...new Uint8Array(ct)]);
      expect(hex(unseal(secret, sealed, { info, aad }))).toBe(hex(data));
    });
    await fc.assert(property, { seed, numRuns: 40 });
  });
});

describe('what was tampered with', () => {
  const sealed = seal(utf8('account data'), context, new Uint8Array(32).fill(6));
  const opens = (of: Uint8Array, key = secret, where = context) => {
    try {
      return Buffer.from(unseal(key, of, where)).toString() === 'account data';
    } catch {
      return false;
    }
  };

  test('opens while it is whole', () => {
    expect(opens(sealed)).toBe(true);
  });

  test('does not open with any single byte changed, be it of key, text or tag', () => {
    const open = Array.from(sealed, (_, place) => {
      const changed = new Uint8Array(sealed);
      // Bit 7 of the last byte of a public key is ignored (RFC 7748 §5), so another bit is turned.
      changed[place] = (changed[place] ?? 0) ^ 0x01;
      return opens(changed);
    });
    expect(open).toEqual(Array(sealed.length).fill(false));
  });

  test('does not open cut short or made longer', () => {
    for (const length of [0, 1, 16, 31, 32, 33, 47, 48, sealed.length - 1]) {
      expect(opens(sealed.subarray(0, length))).toBe(false);
    }
    expect(opens(new Uint8Array([...sealed, 0]))).toBe(false);
  });

  test('does not open for another transaction, device, purpose or key', () => {
    expect(opens(sealed, secret, accountDataContext('cli_1/dev-1', 'txn_2'))).toBe(false);
    expect(opens(sealed, secret, accountDataContext('cli_1/dev-2', 'txn_1'))).toBe(false);
    expect(opens(sealed, secret, { ...context, info: 'another purpose' })).toBe(false);
    expect(opens(sealed, new Uint8Array(32).fill(4))).toBe(false);
  });

  test('a recipient key that would make the secret known to all is refused', () => {
    // A point of small order (RFC 7748 §6.1): the shared secret would be all zeros.
    const toAll = sealerTo(new Uint8Array(32));
    expect(() => toAll(utf8('x'), context, new Uint8Array(32).fill(1))).toThrow();
    expect(opens(new Uint8Array(80))).toBe(false);
  });
});

test('the same data sealed twice has nothing in common', () => {
  const [one, other] = [1, 2].map((each) =>
    hex(seal(new Uint8Array(64), context, new Uint8Array(32).fill(each))),
  );
  expect(one?.slice(0, 64)).not.toBe(other?.slice(0, 64));
  expect(one?.slice(64, 128)).not.toBe(other?.slice(64, 128));
  expect((one?.length ?? 0) / 2).toBe(32 + 64 + 16);
});
