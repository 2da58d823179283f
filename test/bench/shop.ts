/**
 * A shop for the bench: the engine on a real ledger, with a reader that has a card at once and no way to
 * the host.
 */
import { statSync } from 'node:fs';
import { effective, valuesOf, type ReaderSetting, type Settings } from '../../config/index.ts';
import { Secret, type CardRead } from '../../drivers/index.ts';
import { rawPublicOf, privateKeyOf } from '../../agent/identity/raw-keys.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { cashierOf } from '../../agent/payments/cashier.ts';
import { vaultOf } from '../../agent/payments/vault.ts';
import type { CardEvent, Post } from '../../agent/readers/post.ts';
import { dirname } from 'node:path';

const subject = { clientId: 'bench', deviceId: 'till-1' } as const;

/** Commits of one offline sale: the order, then the stored sale. */
const commitsPerSale = 2;

export interface BenchShop {
  sellOffline(count: number): void;
  /** Commits made, and bytes that ended in the ledger and its write-ahead log. */
  written(): { readonly commits: number; readonly bytes: number };
  close(): void;
}

export const benchShop = (path: string): BenchShop => {
  const world = nodeWorld(dirname(path));
  const ledger = openLedger(() => openSqlite(path), subject, world);
  const sealing = {
    keyId: 'bench',
    key: rawPublicOf(privateKeyOf('x25519', new Uint8Array(32).fill(3))),
  };
  const post = eagerPost();
  const cashier = cashierOf({
    ledger,
    world,
    settings: benchSettings(),
    vault: vaultOf(subject, sealing, new Uint8Array(32).fill(5), world.dice),
    host: { canAsk: () => false, ask: () => undefined, wake: () => undefined },
    posts: [post],
    tell: () => undefined,
  });
  let sold = 0;
  return {
    sellOffline: (count) => {
      for (let i = 0; i < count; i += 1) {
        sold += 1;
        cashier.begin(
          { type: 'sale', amount: { value: 100, currency: 'USD' } },
          'bench',
          `sale-${sold}`,
        );
        post.swipe();
      }
      const { count: stored } = ledger.transactions.storedSales();
      if (stored !== sold)
        throw new Error(`Of ${sold} sales ${stored} were stored; look at the gates.`);
    },
    written: () => ({ commits: sold * commitsPerSale, bytes: statSync(path).size }),
    close: () => {
      ledger.checkpoint();
      ledger.close();
    },
  };
};

const setting: ReaderSetting = { id: 'bench', protocol: 'magtek-serial-line', path: 'none' };

const eagerPost = (): Post & { swipe(): void } => {
  let hear: ((event: CardEvent) => void) | undefined;
  return {
    setting,
    state: () => ({ is: 'ready', identity: {} }),
    start: () => undefined,
    stop: () => undefined,
    test: () => false,
    claim: (_transactionId, listener) => {
      hear = listener;
      return () => undefined;
    },
    swipe: () => hear?.({ is: 'card', read: cardRead() }),
  };
};

const cardRead = (): CardRead => ({
  card: { maskedPan: '4111********1111', expiry: '4912', brand: 'visa', entryMode: 'stripe' },
  entryMode: 'stripe',
  securityLevel: 'encrypted',
  likeness: new Secret('a card of the bench'),
  accountData: new Secret(new Uint8Array(600).fill(66)),
});

const benchSettings = (): Settings => {
  const read = valuesOf({
    offline: {
      enabled: true,
      entryModes: ['stripe'],
      countLimit: 100_000,
      cardVelocity: 1_000_000,
      duplicateWindowSeconds: 0,
      totalLimit: { default: '99999999.00' },
    },
  });
  if ('why' in read) throw new Error(read.why);
  const inForce = effective(read.values, new Map());
  if (!inForce.ok) throw new Error(inForce.why);
  return inForce.settings;
};
