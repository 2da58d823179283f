/** Trust in the portal's keys: the chain from one set to the next, and everything that is no such chain. */
import { describe, expect, test } from 'vitest';
import { keySetAddress, keySetsMost, type PortalKeys } from '../../../contract/index.ts';
import { signerOf } from '../../../agent/identity/jws.ts';
import { portalKeysFault, portalTrust } from '../../../agent/identity/portal-trust.ts';
import { KeyRing } from '../../../simulator/portal/key-ring.ts';
import { portalKeys, portalKeysFile } from '../../../simulator/portal/keys.ts';
import { openStore } from '../../../simulator/portal/schema.ts';
import { seededDice } from '../../../simulator/world/dice.ts';

const dice = seededDice('keys of a portal');
const seeds = () => ({ signing: dice.bytes(32), sealing: dice.bytes(32) });

/** A portal's ring with so many sets, the first set's file, and each set as it was in force. */
const ringOf = (sets: number) => {
  const first = portalKeys(seeds());
  const ring = new KeyRing(openStore(':memory:'), first);
  const inForce = [ring.current()];
  for (let set = 1; set < sets; set += 1) {
    ring.rotate(seeds());
    inForce.push(ring.current());
  }
  return { ring, inForce, first: portalKeysFile(first) };
};

/** Trust that begins with a set, and what it kept. */
const trusting = (keys: PortalKeys) => {
  const kept: PortalKeys[] = [];
  return { kept, trust: portalTrust(keys, (followed) => kept.push(followed)) };
};

const device = 'acme/till-1';
const signed = (by: ReturnType<typeof portalKeys>, payload: unknown, typ: string) =>
  signerOf(by.signing.keyId, by.signing.seed)(payload, { typ, sub: device });

/** The document that tells a device of a chain, signed with a set. */
const document = (keySets: readonly string[], by: ReturnType<typeof portalKeys>) =>
  signed(
    by,
    {
      ...{ kind: 'trust', subject: { clientId: 'acme', deviceId: 'till-1' } },
      ...{ version: 1, issuedAt: 1, body: { keySets } },
    },
    'desired/trust',
  );

describe('a device that slept through five rotations', () => {
  const { ring, inForce, first } = ringOf(6);
  const last = inForce.at(-1)!;

  test('opens the document that tells of them, follows, and keeps what it follows', () => {
    const { trust, kept } = trusting(first);
    const expected = { typ: 'desired/trust', sub: device };
    expect(trust.open(document(ring.chain(), last), expected)).toMatchObject({ ok: true });
    expect(trust.version()).toBe(1);
    expect(trust.follow(ring.chain())).toBe('changed');
    expect(kept).toEqual([ring.file()]);
    expect([trust.version(), trust.sealing().keyId]).toEqual([6, last.sealing.keyId]);
    expect(trust.follow(ring.chain())).toBe('in force');
  });

  test('opens with the new keys from then on, and no more with the old', () => {
    const { trust } = trusting(first);
    const [old = last] = inForce;
    const address = { typ: 'log/up/ack', sub: device };
    expect(trust.open(signed(old, {}, 'log/up/ack'), address)).toMatchObject({ ok: true });
    trust.follow(ring.chain());
    expect(trust.open(signed(last, {}, 'log/up/ack'), address)).toMatchObject({ ok: true });
    expect(trust.open(signed(old, {}, 'log/up/ack'), address)).toMatchObject({
      why: 'signed by a key this device does not trust',
    });
  });

  test('follows from where it is: also a chain it knows the first half of', () => {
    const { trust } = trusting(first);
    expect(trust.follow(ring.chain().slice(0, 3))).toBe('changed');
    expect(trust.version()).toBe(3);
    expect(trust.follow(ring.chain())).toBe('changed');
    expect(trust.version()).toBe(6);
  });
});

describe('is not followed, and changes nothing:', () => {
  const { ring, inForce, first } = ringOf(3);
  const [one = '', two = '', three = ''] = ring.chain();
  const stranger = portalKeys(seeds());
  const byStranger = (version: number) =>
    signerOf(stranger.signing.keyId, stranger.signing.seed)(
      portalKeysFile(stranger, version),
      keySetAddress,
    );

  test.each([
    ['an empty chain', [], /does not hold key set 1/],
    ['a chain of another portal', [byStranger(1), byStranger(2)], /does not hold key set 1/],
    ['a set that a stranger signed', [one, byStranger(2)], /key set 2: signed by a key/],
    ['a chain with a set left out', [one, three], /key set 2: signed by a key/],
    ['a set that says another number', [one, two, two], /key set 3: signed by a key/],
    ['a set with a changed letter', [one, `${two.slice(0, -4)}AAAA`], /key set 2: the signature/],
    ['words instead of sets', ['a.b.c', two], /does not hold key set 1/],
  ])('%s', (_what, chain, why) => {
    const { trust, kept } = trusting(first);
    expect(trust.follow(chain)).toMatchObject({ why: expect.stringMatching(why) as string });
    expect([trust.version(), kept]).toEqual([1, []]);
  });

  test('a right chain in a document somebody else signed', () => {
    const { trust } = trusting(first);
    const expected = { typ: 'desired/trust', sub: device };
    const opened = trust.open(document(ring.chain(), stranger), expected);
    expect(opened).toMatchObject({ ok: false, why: expect.stringMatching(/not trust/) as string });
    const [old = stranger] = inForce;
    // The set before the last may not speak for the last.
    expect(trust.open(document(ring.chain(), old), expected)).toMatchObject({ ok: false });
  });
});

test('a chain may begin at any set up to the one the device holds', () => {
  const { ring, first } = ringOf(5);
  const { trust } = trusting(first);
  trust.follow(ring.chain().slice(0, 3));
  expect(trust.follow(ring.chain().slice(2))).toBe('changed');
  expect(trust.version()).toBe(5);
  const late = trusting(first).trust;
  expect(late.follow(ring.chain().slice(1))).toMatchObject({
    why: expect.stringMatching(/does not hold key set 1/) as string,
  });
});

test('a portal has no more key sets than a device follows', () => {
  const { ring, first } = ringOf(keySetsMost);
  expect([ring.mayRotate(), trusting(first).trust.follow(ring.chain())]).toEqual([
    ...[false, 'changed'],
  ]);
  expect(() => ring.rotate(seeds())).toThrow(/could follow/);
});

test('a set with a key that is no point of its curve is not followed', () => {
  const first = portalKeys(seeds());
  const zero = { ...portalKeysFile(portalKeys(seeds()), 2) };
  const sealing = { ...zero.sealing, key: Buffer.alloc(32).toString('base64') };
  const sign = signerOf(first.signing.keyId, first.signing.seed);
  const chain = [portalKeysFile(first), { ...zero, sealing }].map((set) =>
    sign(set, keySetAddress),
  );
  const { trust } = trusting(portalKeysFile(first));
  expect(trust.follow(chain)).toMatchObject({
    why: expect.stringMatching(/sealed to/) as string,
  });
  expect(portalKeysFault(portalKeysFile(first))).toBeUndefined();
});

test('what cannot be written down is not followed', () => {
  const { ring, first } = ringOf(2);
  const trust = portalTrust(first, () => {
    throw new Error('the disk is full');
  });
  expect(() => trust.follow(ring.chain())).toThrow('full');
  expect(trust.version()).toBe(1);
});

test('a portal whose store was restored has its keys still, and opens what was sealed to each', () => {
  const db = openStore(':memory:');
  const first = portalKeys(seeds());
  const ring = new KeyRing(db, first);
  ring.rotate(seeds());
  const again = new KeyRing(db, portalKeys(seeds()));
  expect(again.file()).toEqual(ring.file());
  expect(again.sealingOf(first.sealing.keyId)?.seed).toEqual(first.sealing.seed);
  expect(again.sealingOf('another')).toBeUndefined();
});
