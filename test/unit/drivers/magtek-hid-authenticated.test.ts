/** A MagTek HID reader at level 4, and whoever holds its keys; which is not this program. */
import { describe, expect, test } from 'vitest';
import { fromHex, toHex, type LineEvent } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { testBaseKey } from '../../../simulator/readers/dukpt.ts';
import {
  farewellTo,
  macOf,
  openChallenges,
  replyTo,
} from '../../../simulator/readers/magtek-authentication.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { vector } from '../../fixtures/vectors.ts';
import { cardOf, readyMagtekHid } from '../../rigs/magtek-hid.ts';

describe('a MagTek HID reader at level 4', () => {
  const hex = (bytes: Uint8Array) => toHex(new Uint8Array(bytes));

  test('gives no card to a host that has not authenticated itself', () => {
    const { reader, wire, last, events } = readyMagtekHid({ level: 'authenticated' });
    expect(events).toMatchObject([{ identity: { securityLevel: 'authenticated' } }]);
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(last()).toEqual({ is: 'bad read', why: 'not_authenticated' });
  });

  test('gives one card after somebody with the keys has authenticated the host', () => {
    const { reader, wire, timers, last } = readyMagtekHid({ level: 'authenticated' });
    // Whoever holds the keys has the reader open too: a HID device has no lock.
    const answers: Uint8Array[] = [];
    const host = wire.open((event: LineEvent) => {
      if (event.is === 'answer') answers.push(event.bytes);
    });
    const ask = (request: string) => {
      host.query(fromHex(request) ?? new Uint8Array());
      timers.pass(0);
      return answers.at(-1) ?? new Uint8Array();
    };
    timers.pass(0);
    const activated = ask('100200F0');
    const ksn = hex(activated.subarray(2, 12));
    const challenges = openChallenges(testBaseKey, ksn, activated.subarray(12, 28));
    expect(hex(challenges.one).slice(-4)).toBe(ksn.slice(-4));
    const reply = replyTo(testBaseKey, ksn, { challenges, seconds: 480 });
    expect([...ask(`1108${hex(reply)}`).subarray(0, 2)]).toEqual([0, 0]);
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(cardOf(last()).securityLevel).toBe('authenticated');
    reader.arm(purchase);
    wire.reader.swipe(testCards.visa);
    expect(last()).toEqual({ is: 'bad read', why: 'not_authenticated' });
  });

  test('is reached from level 3 by a command whose MAC was made elsewhere', () => {
    const { wire, timers } = readyMagtekHid();
    const host = wire.open(() => {});
    const command = Buffer.from('150504', 'hex');
    host.query(Uint8Array.of(...command, 0, 0, 0, 0));
    timers.pass(0);
    expect(wire.reader.level).toBe('encrypted');
    const ksn = wire.reader.ksn ?? '';
    host.query(Uint8Array.of(...command, ...macOf(testBaseKey, ksn, command)));
    timers.pass(0);
    expect(wire.reader.level).toBe('authenticated');
  });
});

test('whoever holds the keys answers the published challenges as published', () => {
  const { activate_response_hex = '', ksn = '', expected } = vector('magtek-authenticated-mode');
  const sealed = (fromHex(activate_response_hex) ?? new Uint8Array()).subarray(12);
  const challenges = openChallenges(testBaseKey, ksn, sealed);
  const seconds = Number(expected['reply_seconds']);
  const command = (number: string, data: Uint8Array) => `${number}08${toHex(new Uint8Array(data))}`;
  expect(toHex(new Uint8Array(challenges.two))).toBe(expected['challenge2']);
  expect(command('11', replyTo(testBaseKey, ksn, { challenges, seconds }))).toBe(
    expected['reply_command_hex'],
  );
  expect(command('12', farewellTo(testBaseKey, ksn, { challenges, usesKey: false }))).toBe(
    expected['deactivate_command_hex'],
  );
});
