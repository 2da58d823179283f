/** Keys of the portal that this device cannot follow, or not write down: it goes on, and people are told. */
import { expect, test } from 'vitest';
import { keySetAddress, subjectName } from '../../../contract/index.ts';
import { StartFault } from '../../../agent/fault.ts';
import { signerOf } from '../../../agent/identity/jws.ts';
import { faultsOf } from '../../../agent/standing.ts';
import { portalKeys, portalKeysFile } from '../../../simulator/portal/keys.ts';
import { subject } from '../../fixtures/payments.ts';
import {
  firstKeys,
  linked,
  portalSigner,
  settingsWith,
  topic,
  type LinkedLedger,
} from '../../rigs/linked-ledger.ts';

const next = portalKeys({
  signing: new Uint8Array(32).fill(21),
  sealing: new Uint8Array(32).fill(22),
});
const chain = [firstKeys, portalKeysFile(next, 2)].map((set) => portalSigner(set, keySetAddress));

/** The portal leads the device along a chain, in a document signed with the last set's key. */
const lead = (shop: LinkedLedger, keySets: readonly string[]) => {
  const document = {
    ...{ kind: 'trust', subject: { ...subject }, version: 1, issuedAt: 5, body: { keySets } },
  };
  const sign = signerOf(next.signing.keyId, next.signing.seed);
  const addressed = { typ: 'desired/trust', sub: subjectName(subject) };
  shop.session.deliver(topic('desired/trust'), sign(document, addressed), true);
  shop.world.clock.advance(5);
};

/** What health says of it; the rest of the shop is in order. */
const health = ({ world, opened: { ledger }, link, wishes }: LinkedLedger) => {
  const cashier = { troubled: () => false };
  const renewal = { state: () => 'active' as const };
  const shop = { world, settings: settingsWith({}), ledger, posts: [] };
  return faultsOf({ ...shop, cashier, link, renewal, wishes, fellBack: false });
};

test('a chain that does not lead on is refused, and health says so until one does', () => {
  const shop = linked();
  shop.join();
  lead(shop, [chain[1] ?? '']);
  expect(health(shop)).toContain('portal_keys_refused');
  lead(shop, chain);
  expect(health(shop)).not.toContain('portal_keys_refused');
  expect(shop.keptKeys).toEqual([portalKeysFile(next, 2)]);
});

test('keys that find no room on the disk are followed by a later session, and the agent goes on', () => {
  const shop = linked();
  shop.join();
  const { keepKeys } = shop;
  shop.keepKeys = () => {
    throw new StartFault('disk_full', 'The disk is full.');
  };
  lead(shop, chain);
  expect(shop.told('message refused').at(-1)).toMatchObject({ why: 'storage is disk_full' });
  expect([shop.link.status().state, shop.keptKeys]).toEqual(['waiting', []]);
  shop.keepKeys = keepKeys;
  shop.link.connectNow();
  shop.session.connect();
  shop.world.clock.advance(5);
  lead(shop, chain);
  expect(shop.keptKeys).toEqual([portalKeysFile(next, 2)]);
});
