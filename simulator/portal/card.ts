/**
 * The card: opens sealed account data in memory, compares it with the masked card, and forgets it.
 *
 * Nothing of what is opened leaves this file, not in a value, not in an error; what is made of it for a chip
 * tells nothing of a number.
 */
import { accountDataContext, unseal } from '../../agent/identity/hpke.ts';
import type { ChipData } from '../../contract/index.ts';
import { panIn } from './account.ts';
import { issuerDataOf } from './issuer.ts';
import type { KeyPair } from './keys.ts';

/** Sealed account data, and what it is said to be. */
export interface SealedCard {
  readonly device: string;
  readonly transactionId: string;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  readonly maskedPan: string;
}

/** Looks at a card: `undefined` when it is the one it is said to be, else what is wrong. */
export type InspectCard = (card: SealedCard) => string | undefined;

/** What the issuer sends a card's chip with an answer, in hex; `undefined` where no chip waits for it. */
export type AnswerChip = (
  card: SealedCard,
  chip: ChipData,
  responseCode: string,
) => string | undefined;

/** The sealing key of a name, of whatever age. */
export type SealingOf = (keyId: string) => KeyPair | undefined;

/** Makes the inspection for a portal's sealing keys. */
export const inspectionOf =
  (sealingOf: SealingOf): InspectCard =>
  (card) => {
    const found = opened(sealingOf(card.keyId), card);
    return found.is === 'closed' ? found.why : undefined;
  };

/** Makes the issuer's part for a portal's sealing keys. */
export const chipAnswersOf =
  (sealingOf: SealingOf): AnswerChip =>
  (card, chip, responseCode) => {
    const found = opened(sealingOf(card.keyId), card);
    return found.is === 'open' ? issuerDataOf(found.pan, chip, responseCode) : undefined;
  };

type Opened =
  { readonly is: 'open'; readonly pan: string } | { readonly is: 'closed'; readonly why: string };

const opened = (
  sealing: KeyPair | undefined,
  { device, transactionId, sealed, maskedPan }: SealedCard,
): Opened => {
  const closed = (why: string) => ({ is: 'closed', why }) as const;
  if (sealing === undefined) return closed('it is sealed to another key');
  let plain: Uint8Array | undefined;
  try {
    plain = unseal(sealing.seed, sealed, accountDataContext(device, transactionId));
    const pan = panIn(JSON.parse(utf8.decode(plain)));
    if (pan === undefined) return closed('it holds no card number');
    return fits(pan, maskedPan)
      ? { is: 'open', pan }
      : closed('its number does not fit the masked one');
  } catch {
    // The error may quote what was being read.
    return closed(
      plain === undefined ? 'the seal does not open' : 'what was sealed cannot be read',
    );
  } finally {
    plain?.fill(0);
  }
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The most stars a masked number has; longer numbers are shown shorter. */
const starsMost = 15;

const fits = (pan: string, maskedPan: string): boolean => {
  const [, first = '', stars = '', last = ''] = /^([0-9]*)(\*+)([0-9]*)$/.exec(maskedPan) ?? [];
  // A reader that tells nothing of a number does not tell its length either.
  if (first === '' && last === '') return stars !== '';
  const sameLength = pan.length === maskedPan.length || stars.length === starsMost;
  return stars !== '' && sameLength && pan.startsWith(first) && pan.endsWith(last);
};
