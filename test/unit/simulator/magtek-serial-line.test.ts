/** The simulated MagTek reader: its bytes are those of the manual, and decrypt to the card. */
import { describe, expect, test } from 'vitest';
import { bytesOf, decodeCapture, textOf, toHex } from '../../../drivers/index.ts';
import { testCards, type TestCard } from '../../../simulator/readers/cards.ts';
import { decrypt, keyFor, testBaseKey } from '../../../simulator/readers/dukpt.ts';
import { luhnSum } from '../../../simulator/readers/magtek-record.ts';
import {
  simulateMagtekSerialLine,
  type MagtekOptions,
  type MagtekSwipe,
} from '../../../simulator/readers/magtek-serial-line.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { handTimers } from '../../rigs/hand-timers.ts';

const setUp = (options: Partial<MagtekOptions> = {}) => {
  let sent = '';
  const reader = simulateMagtekSerialLine({ ...options, timers: handTimers() }, (bytes) => {
    sent += textOf(bytes);
  });
  const since = (act: () => void): string => {
    sent = '';
    act();
    return sent;
  };
  return {
    reader,
    swipe: (card: TestCard, how?: MagtekSwipe) => since(() => reader.swipe(card, how)),
    ask: (line: string) => since(() => reader.receive(bytesOf(`${line}\r`))),
  };
};

const fieldsOf = (line: string) => line.replace(/\r$/, '').split('|');
const decoded = (line: string) => {
  const result = decodeCapture('magtek-serial-line', bytesOf(line));
  if (!result.ok) throw new Error(result.why);
  return result.decoded;
};
const level3 = vector('magtek-line-level3-encrypted').input_ascii ?? '';

describe('a simulated MagTek reader', () => {
  test('encrypts the manual’s card to the manual’s bytes', () => {
    const { swipe } = setUp({ initialKsn: 'FFFF9876543210E00007' });
    const [head, status, ...fields] = fieldsOf(swipe(testCards.magtek));
    const [manualHead = '', manualStatus, ...manual] = fieldsOf(level3);
    // The manual corrects another digit of track 3 than the check digit asks for: compare the first two.
    const twoTracks = manualHead.slice(0, manualHead.indexOf('+'));
    expect(head?.slice(0, twoTracks.length)).toBe(twoTracks);
    expect(status).toBe(manualStatus);
    expect(fields.slice(0, 2)).toEqual(manual.slice(0, 2));
    expect(fields[3]).toBe(manual[3]);
    expect(fields.slice(6, 8)).toEqual(manual.slice(6, 8));
  });

  test('sends the manual’s short form at level 2', () => {
    const { swipe } = setUp({ level: 'clear' });
    expect(swipe(testCards.magtek)).toBe(vector('magtek-line-sureswipe').input_ascii);
  });

  test('sends the manual’s clear fields in the full form of level 2', () => {
    const { swipe } = setUp({ level: 'clear', sureSwipe: false, deviceSerial: '' });
    const manual = fieldsOf(vector('magtek-line-level2-not-sureswipe').input_ascii ?? '');
    const [, ...fields] = fieldsOf(swipe(testCards.magtek));
    const withoutCrc = (all: readonly string[]) => all.filter((_, at) => at !== 9);
    expect(withoutCrc(fields)).toEqual(withoutCrc(manual.slice(1)));
  });

  test.each(Object.entries(testCards))('decrypts back to the tracks of %s', (_, card) => {
    const { swipe } = setUp();
    const [, , ...fields] = fieldsOf(swipe(card));
    const key = keyFor('pin', testBaseKey, fields[7] ?? '');
    for (const at of [0, 1, 2] as const) {
      const clear = decrypt(key, Buffer.from(fields[at] ?? '', 'hex'));
      expect(clear.toString('latin1').replace(/\0+$/, '')).toBe(card.tracks[at]);
    }
  });

  test('masks numbers so that their check digit stays right', () => {
    const { swipe } = setUp();
    for (const card of [testCards.visa, testCards.mastercard, testCards.amex]) {
      const masked = /;([0-9]+)=/.exec(swipe(card))?.[1] ?? '';
      expect([masked.slice(0, 4), masked.slice(-4)]).toEqual([
        card.pan.slice(0, 4),
        card.pan.slice(-4),
      ]);
      expect(masked).not.toBe(card.pan);
      expect(luhnSum(masked) % 10).toBe(0);
    }
  });

  test('uses a new key for every card', () => {
    const { reader, swipe } = setUp();
    const ksns = [1, 2, 3].map(() => fieldsOf(swipe(testCards.visa))[9]);
    expect(ksns).toEqual(['FFFF9876543210E00001', 'FFFF9876543210E00002', 'FFFF9876543210E00003']);
    expect(reader.ksn).toBe('FFFF9876543210E00004');
  });

  test('reads no card once its keys are used up', () => {
    const { reader, swipe } = setUp({ initialKsn: 'FFFF9876543210FFF7FF' });
    expect(decoded(swipe(testCards.visa))).toHaveProperty('card');
    expect(reader.ksn).toBeUndefined();
    expect(decoded(swipe(testCards.visa))).toMatchObject({ badRead: 'keys_exhausted' });
  });

  test('encrypts the session id it was given', () => {
    const { request_hex = '', response_hex = '' } = vector('magtek-feature-set-session-id');
    const { ask, swipe } = setUp();
    expect(ask(request_hex)).toBe(`${response_hex}\r`);
    const fields = fieldsOf(swipe(testCards.visa));
    const key = keyFor('pin', testBaseKey, fields[9] ?? '');
    expect(decrypt(key, Buffer.from(fields[8] ?? '', 'hex')).toString('latin1')).toBe('TESTTEST');
  });

  test('may send its counter and its encrypted CRC', () => {
    const { swipe } = setUp({ sendEncryptionCounter: true, crcFlags: 3 });
    const line = swipe(testCards.visa);
    const fields = fieldsOf(line);
    const key = keyFor('pin', testBaseKey, fields[9] ?? '');
    const crc = decrypt(key, Buffer.from(fields[12] ?? '', 'hex'));
    expect(toHex(crc.subarray(0, 2))).toBe(fields[11]);
    expect(decoded(line)).toMatchObject({ fields: { encryptionCounter: '0007F1' } });
  });

  test.each([
    ['000100', '000B3231303432383132443031'],
    ['0900', '000AFFFF9876543210E00001'],
    ['1400', '00020200'],
    ['1500', '000103'],
    ['000103', '000742303030373935'],
    ['000110', '000102'],
    ['0105', '0200'],
    ['0A0100', '0200'],
    ['0102FF00', '0700'],
    ['not hex', '0200'],
    ['FF00', '0200'],
  ])('answers %s with %s', (request, response) => {
    expect(setUp().ask(request)).toBe(`${response}\r`);
  });

  test('answers as the manual’s examples, given their serial number', () => {
    const { ask } = setUp({ deviceSerial: 'TEST SETUP 0001' });
    for (const { name, request_hex, response_hex } of vectorsOf('magtek-hid-feature')) {
      // The interface of a serial reader is 02, the example's is HID.
      if (request_hex === undefined || name.includes('interface')) continue;
      expect(ask(request_hex)).toBe(`${response_hex}\r`);
    }
  });

  test('has cards whose check digits are right, but for the manual’s own', () => {
    for (const [name, { pan }] of Object.entries(testCards)) {
      expect([name, luhnSum(pan) % 10 === 0]).toEqual([name, name !== 'magtek']);
    }
    for (const { pan = '' } of vectorsOf('luhn')) expect(luhnSum(pan) % 10).toBe(0);
  });
});
