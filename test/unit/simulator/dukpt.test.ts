/** DUKPT against the published examples of ANSI X9.24-1 and of MagTek's manual. */
import { describe, expect, test } from 'vitest';
import {
  decrypt,
  encrypt,
  initialKey,
  keyFor,
  nextKsn,
  retailMac,
  testBaseKey,
  transactionKey,
  xor,
} from '../../../simulator/readers/dukpt.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'hex');

// ISO 9564-1 format 0: the PIN field is the PIN's length and digits, xor the last twelve of the number.
const panField = (pan: string) => bytes(`0000${pan.slice(0, -1).slice(-12).padStart(12, '0')}`);
const pinField = (pin: string) => bytes(`0${pin.length}${pin}`.padEnd(16, 'F'));

describe('DUKPT with triple DES', () => {
  test.each(vectorsOf('dukpt-tdes'))('gives the published results of $name', (one) => {
    const { expected, pan = '', pin = '' } = one;
    const baseKey = bytes(one.bdk);
    const ksn = one.ksn ?? '';
    const pinKey = keyFor('pin', baseKey, ksn);
    const macKey = keyFor('macRequest', baseKey, ksn);
    const block = xor(pinField(pin), panField(pan));
    const clearPin =
      one.cipher_hex && hex(xor(decrypt(pinKey, bytes(one.cipher_hex)), panField(pan)));
    const found: Record<string, unknown> = {
      ipek: hex(initialKey(baseKey, ksn)),
      transactionKey: hex(transactionKey(baseKey, ksn)),
      pinEncryptionKey: hex(pinKey),
      dataKeyRequest: hex(keyFor('data', baseKey, ksn)),
      encryptedPinBlock: hex(encrypt(pinKey, block)),
      macRequest: hex(retailMac(macKey, Buffer.from(one.mac_data_ascii ?? '', 'latin1'))),
      pinField: clearPin?.slice(0, 16),
      pin: clearPin?.slice(2, 2 + Number(clearPin.slice(1, 2))),
    };
    for (const name of Object.keys(expected)) {
      const wanted = String(expected[name]);
      expect([name, String(found[name]).slice(0, wanted.length)]).toEqual([name, wanted]);
    }
  });

  test.each(vectorsOf('magtek-mac'))('makes the MAC of $name', (one) => {
    const mac = hex(
      retailMac(keyFor('macRequest', bytes(one.bdk), one.ksn ?? ''), bytes(one.message_hex)),
    );
    expect(mac).toBe(one.expected['mac']);
    expect(one.message_hex + mac).toBe(one.expected['full_command_hex']);
  });

  test('opens the challenges of MagTek’s authenticated mode', () => {
    const { activate_response_hex = '', ksn = '', expected } = vector('magtek-authenticated-mode');
    const key = xor(keyFor('pin', testBaseKey, ksn), Buffer.alloc(16, 0xf0));
    const [challenge1, challenge2] = [
      activate_response_hex.slice(24, 40),
      activate_response_hex.slice(40),
    ];
    expect(hex(decrypt(key, bytes(challenge1)))).toBe(expected['challenge1']);
    expect(hex(decrypt(key, bytes(challenge2)))).toBe(expected['challenge2']);
  });

  test('opens the tracks of ID TECH’s readers with the data key', () => {
    const one = vector('idtech-dukpt-data-key-track-decrypt');
    const key = keyFor('data', bytes(one.bdk), one.ksn ?? '');
    const opened = (cipher: string | undefined) =>
      decrypt(key, bytes(cipher)).toString('latin1').replace(/\0+$/, '');
    expect({
      dataKey: hex(key),
      track1: opened(one.track1_cipher_hex),
      track2: opened(one.track2_cipher_hex),
    }).toEqual(one.expected);
  });

  test('skips counters of more than ten ones', () => {
    expect(nextKsn('FFFF9876543210E003FF')).toBe('FFFF9876543210E00400');
    expect(nextKsn('FFFF9876543210E007FE')).toBe('FFFF9876543210E00800');
  });

  test('has no key after the last counter', () => {
    expect(nextKsn('FFFF9876543210FFF800')).toBeUndefined();
  });

  test('decrypts what it encrypted, up to the padding', () => {
    const key = keyFor('pin', testBaseKey, 'FFFF9876543210E00008');
    const clear = Buffer.from(';not a card=000?', 'latin1');
    expect(decrypt(key, encrypt(key, clear)).subarray(0, clear.length)).toEqual(clear);
  });
});
