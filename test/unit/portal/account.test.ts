/** Account data: what every reader's driver seals, the reference portal opens, and knows the card by it. */
import { describe, expect, test } from 'vitest';
import { subjectName } from '../../../contract/index.ts';
import { vaultOf } from '../../../agent/payments/vault.ts';
import { protocols, textOf, type CardRead } from '../../../drivers/index.ts';
import { panIn } from '../../../simulator/portal/account.ts';
import { inspectionOf } from '../../../simulator/portal/card.ts';
import { portalKeys } from '../../../simulator/portal/keys.ts';
import { chipCard } from '../../../simulator/readers/chip-card.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { plantedCards } from '../../fixtures/planted-cards.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { handTimers } from '../../rigs/hand-timers.ts';
import { nameOf, playedReaders, string, type PlayedReader } from '../../rigs/played-readers.ts';

const [card, other] = plantedCards;
if (card === undefined || other === undefined) throw new Error('There is no card to read.');

type Way = 'swipe' | 'insert' | 'tap';

/** What a driver reads of a card that is held out in one way; nothing where nobody can do that. */
const readBy = (played: PlayedReader, way: Way): CardRead | undefined => {
  const timers = handTimers();
  const reads: CardRead[] = [];
  const { open, slot } = string(played, timers);
  const reader = protocols[played.protocol].openReader({
    ...{ open, line: played.line, timers, settings: {} },
    hear: (event) => {
      if (event.is === 'card') reads.push(event.read);
    },
  });
  timers.pass(20_000);
  reader.arm(purchase);
  timers.pass(1_000);
  if (way === 'swipe') slot.swipe(card);
  else slot[way]?.(chipCard(card));
  timers.pass(1_000);
  reader.close();
  return reads[0];
};

const opened = (read: CardRead) => JSON.parse(read.accountData.use(textOf)) as { scheme: string };

/** Every reader and way, by the scheme its account data say. */
const rows = playedReaders.flatMap((played) =>
  (['swipe', 'insert', 'tap'] as const).flatMap((way) => {
    const read = readBy(played, way);
    return read === undefined ? [] : [{ scheme: opened(read).scheme, played, way }];
  }),
);
const schemes = [...new Set(rows.map(({ scheme }) => scheme))];
const rowsOf = (scheme: string) => rows.filter((row) => row.scheme === scheme);

const keys = portalKeys({
  signing: new Uint8Array(32).fill(1),
  sealing: new Uint8Array(32).fill(2),
});
const subject = { clientId: 'corner-shop', deviceId: 'till-1' };
const dice = seededDice('account data');
const vault = vaultOf(subject, () => keys.sealing, dice.bytes(32), dice);
const inspect = inspectionOf((keyId) => (keyId === keys.sealing.keyId ? keys.sealing : undefined));

test('comes in every scheme the portal knows, from every reader there is', () => {
  expect(schemes.toSorted()).toEqual([
    'clear',
    'idtech-dukpt',
    'idtech-dukpt-emv',
    'magtek-dukpt-tdes',
    'magtek-mms',
  ]);
  expect(new Set(rows.map(({ played }) => nameOf(played))).size).toBe(playedReaders.length);
});

describe.each(schemes)('account data of scheme %s', (scheme) => {
  const read = ({ played, way }: (typeof rows)[number]): CardRead => {
    const found = readBy(played, way);
    if (found === undefined) throw new Error(`${nameOf(played)} reads nothing any more.`);
    return found;
  };
  const sealed = (row: (typeof rows)[number], maskedPan?: string) => {
    const found = read(row);
    const transactionId = 'txn_1';
    const kept = vault(found, transactionId);
    if (kept === undefined) throw new Error('The link cannot carry that much.');
    return {
      ...{ device: subjectName(subject), transactionId, keyId: kept.keyId, sealed: kept.bytes },
      maskedPan: maskedPan ?? found.card.maskedPan,
    };
  };

  test('hold the number of the card that was read', () => {
    const pans = rowsOf(scheme).map((row) => panIn(opened(read(row))));
    expect(pans).toEqual(rowsOf(scheme).map(() => card.pan));
  });

  test('are opened by the portal, and are those of the masked card', () => {
    const wrong = rowsOf(scheme).map((row) => inspect(sealed(row)));
    expect(wrong).toEqual(rowsOf(scheme).map(() => undefined));
  });

  test('are found out where they are of another card', () => {
    const another = `${other.pan.slice(0, 4)}********${other.pan.slice(-4)}`;
    const wrong = rowsOf(scheme).map((row) => inspect(sealed(row, another)));
    expect(wrong).toEqual(rowsOf(scheme).map(() => 'its number does not fit the masked one'));
  });
});

test.each([
  ['no account data', undefined],
  ['a scheme nobody knows', { scheme: 'rot13', tracks: [card.tracks[1]] }],
  [
    'ciphertext under another key',
    { scheme: 'idtech-dukpt', ksn: 'FFFF9876543210E00009', tracks: ['00'.repeat(40)] },
  ],
  [
    'a message that is none',
    { scheme: 'magtek-mms', ksn: 'FFFF9876543210E00001', message: 'FFFF' },
  ],
])('of %s comes no number', (_, account) => {
  expect(panIn(account)).toBeUndefined();
});
