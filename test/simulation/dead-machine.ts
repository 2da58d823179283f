/**
 * A machine that dies for good: only its storage is left. Its log is exported from there and taken in by the
 * portal; nothing that was sold is lost with the hardware.
 */
import { chargesOf } from './invariants.ts';
import { entriesOf, exportHeadOf, framesOf } from '../../agent/ledger/export.ts';
import type { Order } from '../../agent/payments/order.ts';
import { chargedOf, isFinal, type Payment } from '../../agent/payments/states.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Town } from './town.ts';

/** What the portal needs to be given again, and how long it then has, ms. */
const decidedWithinMs = 3_600_000;
/** How often somebody at the portal releases what is parked: a sale, and then what follows it. */
const roundsMost = 8;

/** Buries the machine, gives the portal what its storage holds, and says what went wrong. */
export const bury = async (town: Town): Promise<string[]> => {
  if (town.agent === undefined || town.agent.shop.ledger.meta.get('rolledBack') !== undefined)
    return [];
  town.story.fault('the machine dies for good');
  town.kill('power');
  town.portal.faults.clear();
  await town.pass(120_000);
  const db = town.disk.open();
  const lines = [exportHeadOf(db, 'frames'), ...framesOf(db)].map((line) => JSON.stringify(line));
  const imported = town.portal.import(lines.join('\n'));
  if (imported.is === 'refused') {
    // Put back to an older copy and dead before it met its portal again: two stories of one log, of which
    // the portal takes neither for the other. It is for people then, who have the file and its sentence.
    return wasPutBack(town) && imported.code === 'conflict' && !isRetired(town)
      ? []
      : [`the export was refused: ${imported.why}`];
  }
  await town.pass(decidedWithinMs);
  const wrong = await releaseParked(town, db);
  return [...wrong, ...ofStored(town, db), ...ofChain(db)];
};

const wasPutBack = (town: Town): boolean =>
  town.story.reached.has('recovery: the ledger is older than it was');

const isRetired = (town: Town): boolean => town.portal.devices().some(({ retired }) => retired);

/** Whatever is parked, nobody at the device can release it any more: somebody at the portal does. */
const releaseParked = async (town: Town, db: Sqlite): Promise<string[]> => {
  const isParked = () => town.portal.devices().some(({ parkedCount }) => parkedCount > 0);
  const ids = db
    .prepare<[], { id: string }>('SELECT transaction_id AS id FROM transactions ORDER BY number')
    .all()
    .map(({ id }) => id);
  const [dead] = town.portal.devices();
  // What waited for a released one may have to be parked itself, and released after it.
  for (let round = 0; round < roundsMost && isParked() && dead !== undefined; round += 1) {
    for (const transactionId of ids) {
      town.portal.park({ device: dead.device, transactionId, do: 'release' });
    }
    await town.pass(decidedWithinMs);
  }
  return isParked() ? ['I3: what is parked cannot be released at the portal'] : [];
};

/** What was stored is decided and what was unknown is undone, as if it had come by MQTT. */
const ofStored = (town: Town, db: Sqlite): string[] => {
  const charges = chargesOf(town);
  const devices = town.portal.devices();
  const waiting = devices.reduce((sum, { undecidedCount }) => sum + undecidedCount, 0);
  const rows = db
    .prepare<[], { ordered: string; state: string }>('SELECT ordered, state FROM transactions')
    .all();
  const followed = new Set(
    rows.flatMap(({ ordered, state }) => {
      const { originalTransactionId } = JSON.parse(ordered) as Order;
      const isOpen = !isFinal(JSON.parse(state) as Payment);
      return originalTransactionId !== undefined && isOpen ? [originalTransactionId] : [];
    }),
  );
  const wrong = rows.flatMap(({ ordered, state }) => {
    const order = JSON.parse(ordered) as Order;
    const payment = JSON.parse(state) as Payment;
    const { transactionId } = order;
    const charged = charges.get(transactionId) ?? 0;
    if (mayCharge(order, payment).includes(charged)) return [];
    // A follow-up the device never heard of again may have been carried out; a change at the portal as well.
    if (town.forgotten.has(transactionId) || followed.has(transactionId)) return [];
    if (town.changed.has(transactionId)) return [];
    return [`I2: ${transactionId} died as ${payment.is}, the host charged ${charged}`];
  });
  return waiting === 0 ? wrong : [...wrong, `I3: ${waiting} stored or advised are not decided`];
};

/** What the host may have charged once it has heard all a dead device had to tell. */
const mayCharge = (order: Order, payment: Payment): readonly number[] => {
  const whole = chargedOf(order, { is: 'approved', attemptId: '', card: unseen });
  switch (payment.is) {
    case 'approved':
      return [chargedOf(order, payment)];
    // A capture that was sent when the machine died is never undone; the host may have carried it out.
    case 'sent':
      return order.type === 'capture' ? [0, whole] : [0];
    case 'stored':
    case 'advised':
    case 'held':
      return [0, whole];
    default:
      return [0];
  }
};

const unseen = { maskedPan: '***', brand: 'unknown', entryMode: 'stripe' } as const;

const ofChain = (db: Sqlite): string[] => {
  const last = [...entriesOf(db)].at(-1);
  const { hash } = exportHeadOf(db, 'entries');
  return last === undefined || last.hash === hash
    ? []
    : ['I5: the export ends elsewhere than the log'];
};
