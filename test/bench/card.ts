/** The card of the bench: as a MagTek reader gives it, encrypted under a test key, and new at every swipe. */
import { Secret, type CardRead } from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { encrypt, keyFor, testBaseKey } from '../../simulator/readers/dukpt.ts';

const ksn = 'FFFF9876543210E00004';

const encrypted = (track: string): string =>
  track === ''
    ? ''
    : encrypt(keyFor('pin', testBaseKey, ksn), Buffer.from(track, 'latin1')).toString('hex');

const accountData = new Uint8Array(
  Buffer.from(
    JSON.stringify({
      scheme: 'magtek-dukpt-tdes',
      ksn,
      tracks: testCards.visa.tracks.map(encrypted),
    }),
  ),
);

const card = {
  maskedPan: '411111******1111',
  expiry: testCards.visa.expiry,
  brand: 'visa',
  entryMode: 'stripe',
} as const;

/** What is read from the card of this number. Its data is a copy: whoever takes it wipes it. */
export const cardRead = (number: number): CardRead => ({
  card,
  entryMode: card.entryMode,
  securityLevel: 'encrypted',
  likeness: new Secret(`card ${number} of the bench`),
  accountData: new Secret(new Uint8Array(accountData)),
});
