/** Free fields of a request: what looks like a card number is refused, and what merely has digits is not. */
import { expect, test } from 'vitest';
import { memberWithCardNumber } from '../../../agent/local-api/card-number.ts';
import { testCards } from '../../../simulator/readers/cards.ts';

const luhnValid = Object.values(testCards).filter(({ pan }) => pan !== testCards.magtek.pan);

test.each(luhnValid.map(({ pan }) => pan))(
  'a card number is found, however it is written',
  (pan) => {
    const parted = pan.replace(/(\d{4})(?=\d)/g, '$1 ');
    for (const text of [pan, `order ${pan}.`, parted, parted.replaceAll(' ', '-')]) {
      expect(memberWithCardNumber({ reference: text }), text).toBe('reference');
      expect(memberWithCardNumber({ userDefinedFields: { note: text } })).toBe('userDefinedFields');
    }
  },
);

test.each([
  'order-4711',
  '4111111111111112',
  '2026-11-22 10:15:00',
  '0000000000000000',
  '1'.repeat(30),
  '',
])('"%s" is no card number', (text) =>
  expect(memberWithCardNumber({ reference: text, echo: undefined })).toBeUndefined(),
);
