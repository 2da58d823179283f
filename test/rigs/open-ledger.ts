/** Ledgers for tests: real SQLite, in memory or in a directory that goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Subject } from '../../contract/index.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Order } from '../../agent/payments/order.ts';
import { next } from '../../agent/payments/payment.ts';
import type { Payment } from '../../agent/payments/states.ts';
import type { Happening } from '../../agent/payments/step.ts';
import type { SealedCard } from '../../agent/payments/vault.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { World } from '../../agent/world.ts';
import { quietWorld } from './quiet-world.ts';
import { subject as usual, answerTo, idOf, sealedRef, visa } from '../fixtures/payments.ts';

export interface OpenedLedger {
  readonly ledger: Ledger;
  /** The database beneath, for what no part of the agent would do to it. */
  readonly db: Sqlite;
}

/** A path in a directory of its own, removed when the test is over. */
export const freshPath = (name = 'ledger.sqlite'): string => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-ledger-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
};

export const openedLedger = (
  world: World,
  path = ':memory:',
  subject: Subject = usual,
): OpenedLedger => {
  let db: Sqlite | undefined;
  const ledger = openLedger(() => (db = openSqlite(path)), subject, world);
  if (db === undefined) throw new Error('The ledger opened no database.');
  return { ledger, db };
};

/** The bytes of a ledger file with something in it, as it lies on a disk when nobody has it open. */
export const imageOf = (fill: (opened: OpenedLedger) => void): Uint8Array => {
  const opened = openedLedger(quietWorld());
  fill(opened);
  const image = new Uint8Array(opened.db.serialize());
  // On a disk the header says that there is a WAL (SQLite file format §1.3.3); in memory there is none.
  image.fill(2, 18, 20);
  return image;
};

/** Enters an order under a key of its own, as a cashier does. */
export const enter = (ledger: Ledger, order: Order): void => {
  const { application, keyHash } = order;
  const request = { application, keyHash, requestHash: sha256('request') };
  ledger.commit(() => ledger.enter(order, { is: 'awaiting_card' }, request));
};

/** Takes a payment one step on, in a commit of its own. */
export const happen = (
  ledger: Ledger,
  transactionId: string,
  heard: Happening,
  sealed?: SealedCard,
): Payment => {
  const found = ledger.transactions.find(transactionId);
  if (found === undefined) throw new Error(`There is no ${transactionId}.`);
  const step = next(found.order, found.payment, heard);
  if (step === undefined) throw new Error(`${heard.is} means nothing while ${found.payment.is}.`);
  ledger.commit(() => ledger.take(found.order, found.payment, step, sealed));
  return step.then;
};

/** Enters an order and stores it, as an offline approval. */
export const store = (ledger: Ledger, order: Order, attempt: number, sealed: SealedCard): void => {
  enter(ledger, order);
  const route = {
    to: 'store',
    attemptId: idOf('att', attempt),
    sealed: sealedRef(sealed),
  } as const;
  happen(ledger, order.transactionId, { is: 'card read', card: visa, route }, sealed);
};

/** Enters an order and sends it to the host. */
export const send = (ledger: Ledger, order: Order, attempt: number): void => {
  enter(ledger, order);
  const route = { to: 'host', attemptId: idOf('att', attempt) } as const;
  happen(ledger, order.transactionId, { is: 'card read', card: visa, route });
};

/** Enters an order that was sent and never answered. */
export const loseTrackOf = (ledger: Ledger, order: Order, attempt: number): void => {
  send(ledger, order, attempt);
  const route = { to: 'nobody', refusal: 'offline_disabled' } as const;
  happen(ledger, order.transactionId, { is: 'no answer', reason: 'no_answer', route });
};

/** Enters an order the host approves at once. */
export const approve = (ledger: Ledger, order: Order, attempt: number): void => {
  send(ledger, order, attempt);
  const answer = answerTo(order.transactionId, idOf('att', attempt));
  happen(ledger, order.transactionId, { is: 'answered', answer });
};
