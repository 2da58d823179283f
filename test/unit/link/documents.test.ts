/** Desired documents: taken in once, kept, acted on, and refused with a reason that is reported. */
import { describe, expect, test } from 'vitest';
import { signerOf } from '../../../agent/identity/jws.ts';
import { subject } from '../../fixtures/payments.ts';
import {
  firstKeys,
  linked,
  topic,
  type LinkedLedger,
  type Oddly,
} from '../../rigs/linked-ledger.ts';

const access = { users: [], applications: [] };

/** A document for this device, with what is different about it. */
const documentOf = (differently: object = {}) => ({
  ...{ kind: 'access', subject: { ...subject }, version: 2, issuedAt: 5, body: access },
  ...differently,
});

const say = (shop: LinkedLedger, differently: object = {}, odd: Oddly = {}) => {
  shop.say('desired/access', documentOf(differently), { retained: true, ...odd });
  shop.world.clock.advance(5);
};

const kept = ({ opened }: LinkedLedger) => opened.ledger.desired.find('access');
const reports = ({ session }: LinkedLedger) => session.said('reported').length;

test('a document is kept, told and acted on, and that it is in force is reported', () => {
  const shop = linked();
  shop.join();
  const before = reports(shop);
  say(shop);
  expect(kept(shop)).toEqual({ version: 2, issuedAt: 5, body: access });
  expect(shop.wished).toEqual(['access']);
  expect(shop.told('document taken')).toMatchObject([{ kind: 'access', version: 2 }]);
  expect(reports(shop)).toBe(before + 1);
});

test('heard again it is in force already: nothing is written, and nobody is told', () => {
  const shop = linked();
  shop.join();
  say(shop);
  say(shop);
  expect(shop.wished).toEqual(['access']);
  expect(shop.told('message refused')).toEqual([]);
});

describe('refused, told and reported, with the one in force left as it was, is', () => {
  const rows: [string, object, Oddly, RegExp][] = [
    ['an older version that is played again', { version: 1 }, {}, /older than version 2/],
    [
      'another document of the same version',
      { body: { ...access, more: 1 } },
      {},
      /has version 2 already/,
    ],
    [
      'one for another device',
      { version: 3, subject: { ...subject, deviceId: 'dev-2' } },
      {},
      /made for another device/,
    ],
    [
      'one for every device of the client',
      { version: 3, subject: { clientId: subject.clientId } },
      {},
      /made for another device/,
    ],
    ['one of a stranger', { version: 3 }, { signedBy: 'stranger' }, /does not fit/],
    ['one of another kind', { version: 3, kind: 'device' }, {}, /kind/],
    ['one signed for another channel', { version: 3 }, { typ: 'desired/device' }, /channel/],
  ];

  test.each(rows)('%s', (_what, differently, odd, why) => {
    const shop = linked();
    shop.join();
    say(shop);
    const before = reports(shop);
    say(shop, differently, odd);
    expect(shop.told('message refused')).toMatchObject([
      { channel: 'desired/access', why: expect.stringMatching(why) as string },
    ]);
    expect(kept(shop)).toMatchObject({ version: 2, body: access });
    expect(shop.wishes.report(['access'])).toMatchObject([
      { kind: 'access', version: 2, refused: expect.stringMatching(why) as string },
    ]);
    expect(reports(shop)).toBe(before + 1);
    // Whoever repeats it makes the device report no more often.
    say(shop, differently, odd);
    expect(reports(shop)).toBe(before + 1);
  });

  test('one whose header names another algorithm', () => {
    const shop = linked();
    shop.join();
    const [body = '', signature = ''] = signerOf(
      firstKeys.signing[0]?.keyId ?? '',
      new Uint8Array(32).fill(7),
    )(documentOf(), { typ: 'desired/access', sub: `${subject.clientId}/${subject.deviceId}` })
      .split('.')
      .slice(1);
    const header = { alg: 'none', kid: 'portal-1', typ: 'desired/access' };
    const forged = Buffer.from(JSON.stringify(header)).toString('base64url');
    shop.session.deliver(topic('desired/access'), `${forged}.${body}.${signature}`, true);
    expect(shop.told('message refused')).toMatchObject([
      { why: 'the header names an algorithm the pinned key does not have' },
    ]);
    expect(kept(shop)).toBeUndefined();
  });
});

test('a refusal is forgotten once a right one has come', () => {
  const shop = linked();
  shop.join();
  say(shop, {}, { signedBy: 'stranger' });
  expect(shop.wishes.report(['access'])).toMatchObject([
    { refused: expect.stringMatching(/not fit/) as string },
  ]);
  say(shop);
  expect(shop.wishes.report(['access'])).toEqual([{ kind: 'access', version: 2 }]);
});

test('a full disk takes no document in, and the next session hears it again', () => {
  const shop = linked();
  shop.join();
  const { db } = shop.opened;
  db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
  say(shop, { body: { ...access, more: 'x'.repeat(40_000) } });
  expect(kept(shop)).toBeUndefined();
  expect(shop.wished).toEqual([]);
  db.pragma('max_page_count = 1000000');
  say(shop, { body: { ...access, more: 'x'.repeat(40_000) } });
  expect(shop.wished).toEqual(['access']);
});
