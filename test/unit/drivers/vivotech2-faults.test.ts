/** The NEO driver with readers and cables that misbehave, and in stories of every order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReaderEvent } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { chipCard } from '../../../simulator/readers/chip-card.ts';
import {
  byteByByte,
  dyingAfterwards,
  dyingFirst,
  garbageFirst,
  gluedTogether,
  spoiltOnce,
  stuck,
  twice,
} from '../../../simulator/readers/habits.ts';
import type { Vivotech2Behaviour } from '../../../simulator/readers/vivotech2.ts';
import { frame } from '../../../simulator/readers/vivotech2-frame.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import { containing } from '../../rigs/containing.ts';
import { approved, identity, kinds, on, onCommand, plug, ready } from '../../rigs/neo-reader.ts';

describe('the NEO driver', () => {
  test('asks again when the reader gave up waiting, as long as somebody waits', () => {
    let left = 2;
    const impatient = onCommand(0x02, 0x40, () =>
      (left -= 1) < 0 ? undefined : { pieces: [answerOf(0x08, 0x20, 0x2e)] },
    );
    const { said, reader, simulated } = ready({ behaviours: [impatient] });
    reader.arm(purchase);
    expect(said(2_000)).toEqual([]);
    expect(simulated.heard.filter((name) => name === '02-40')).toHaveLength(3);
    simulated.tap(chipCard(testCards.visa));
    expect(kinds(said())).toEqual(['card']);
  });

  test('is given up when it refuses every card, and says how', () => {
    const refused = onCommand(0x02, 0x40, () => ({ pieces: [answerOf(0x0b, 0x79, 0x7e)] }));
    const { said, reader } = ready({ behaviours: [refused] });
    reader.arm(purchase);
    expect(said(60_000)).toMatchObject([{ is: 'lost', why: 'silent', detail: containing('0B') }]);
  });

  test.each([
    ['a reader without a serial number', { serialNumber: '' }, { firmware: identity.firmware }],
    ['one that comes byte by byte', { behaviours: [byteByByte(1)] }, identity],
    ['one in one piece', { behaviours: [gluedTogether] }, identity],
    ['one that says all twice', { behaviours: [twice] }, identity],
    ['one behind garbage', { behaviours: [garbageFirst(Uint8Array.from([0x56, 0x69]))] }, identity],
    ['one whose CRC was wrong once', { behaviours: [spoiltOnce(0)] }, identity],
    ['one that never says that it began', { saysBegun: false }, identity],
  ] as const)('knows %s, and reads its card', (_, options, known) => {
    const { said, reader, simulated } = plug('serial', options, {});
    expect(said(20_000)).toContainEqual({ is: 'ready', identity: known });
    reader.arm(purchase);
    said(5_000);
    simulated.tap(chipCard(testCards.visa));
    expect(said(5_000).filter(({ is }) => is === 'card')).toHaveLength(1);
  });

  test('asks for the card again when its answer was damaged', () => {
    const { said, reader, simulated } = ready({ behaviours: [on('tap', spoiltOnce(2))] });
    reader.arm(purchase);
    said();
    simulated.tap(chipCard(testCards.visa));
    expect(kinds(said(5_000))).toEqual(['noise', 'damaged']);
    simulated.tap(chipCard(testCards.visa));
    expect(kinds(said(5_000))).toEqual(['card']);
  });

  test('is lost when it answers nothing at all', () => {
    const { said } = plug('serial', { behaviours: [stuck] }, {});
    expect(said(60_000)).toMatchObject([{ is: 'lost', why: 'silent', detail: containing('ping') }]);
  });

  test('is lost when it refuses a ping, which its cable and its baud rate had no part in', () => {
    const refusing = onCommand(0x18, 0x01, () => ({ pieces: [frame(0x18, 0x0b)] }));
    const [lost] = plug('serial', { behaviours: [refusing] }, {}).said(60_000);
    const detail = containing('refused a ping (status 0B, command not allowed)');
    expect(lost).toMatchObject({ is: 'lost', why: 'silent', detail });
  });

  test('is lost when it stops answering while it waits for a card', () => {
    let isStuck = false;
    const later: Vivotech2Behaviour = () => (isStuck ? { pieces: [] } : undefined);
    const { said, reader } = ready({ behaviours: [later] });
    reader.arm(purchase);
    said();
    isStuck = true;
    expect(said(600_000)).toMatchObject([
      { is: 'lost', why: 'silent', detail: containing('cancellation') },
    ]);
  });

  test.each([
    ['before its answer', dyingFirst],
    ['after its answer', dyingAfterwards],
  ])('is lost once when the reader dies %s', (_, habit) => {
    const { said, reader, simulated } = ready({ behaviours: [on('tap', habit)] });
    reader.arm(purchase);
    said();
    simulated.tap(chipCard(testCards.visa));
    expect(kinds(said(5_000)).filter((one) => one !== 'card')).toEqual(['lost']);
    reader.close();
    expect(said(100_000)).toEqual([]);
  });

  test('answers a test, but not while a card may come', () => {
    const { said, reader, simulated } = ready();
    reader.test();
    expect(said()).toEqual([
      { is: 'tested', passed: true, identity, detail: 'All questions were answered.' },
    ]);
    reader.arm(purchase);
    said();
    reader.test();
    expect(said()).toMatchObject([{ is: 'tested', detail: containing('busy') }]);
    expect(simulated.doing).toBe('polling');
  });

  test('is armed for another purchase by ending the first', () => {
    const { said, reader, simulated } = ready();
    reader.arm(purchase);
    reader.arm({ ...purchase, kind: 'refund', amount: { value: 100, currency: 'USD' } });
    said();
    simulated.tap(chipCard(testCards.visa));
    expect(said().filter(({ is }) => is === 'card')).toMatchObject([
      { read: { chip: { tags: { '9F02': '000000000100', '9C': '20' } } } },
    ]);
  });

  test('takes no card once it is disarmed', () => {
    const { said, reader, simulated } = ready();
    reader.arm(purchase);
    reader.disarm();
    said();
    simulated.tap(chipCard(testCards.visa));
    simulated.swipe(testCards.visa);
    expect(said(100_000)).toEqual([]);
  });

  test('never throws, never tells a card twice, and is lost once, whatever happens when', () => {
    const steps = fc.constantFrom(
      'arm',
      'disarm',
      'answer',
      'test',
      'tap',
      'insert',
      'remove',
      'swipe',
      'wait',
      'noise',
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 14 }), fc.boolean(), (story, isEncrypted) => {
        const { said, reader, simulated, wire } = ready({ isEncrypted });
        const events: ReaderEvent[] = [];
        let armedCount = 0;
        for (const step of story) {
          if (step === 'arm') {
            armedCount += 1;
            reader.arm(purchase);
          } else if (step === 'disarm') reader.disarm();
          else if (step === 'answer') reader.answer(approved);
          else if (step === 'test') reader.test();
          else if (step === 'tap') simulated.tap(chipCard(testCards.visa));
          else if (step === 'insert') simulated.insert(chipCard(testCards.visa));
          else if (step === 'remove') simulated.remove();
          else if (step === 'swipe') simulated.swipe(testCards.visa);
          else if (step === 'noise') wire.send(new Uint8Array(20).fill(0x55));
          events.push(...said(step === 'wait' ? 80_000 : 0));
        }
        reader.close();
        events.push(...said(600_000));
        const count = (is: ReaderEvent['is']) => events.filter((event) => event.is === is).length;
        expect(count('lost')).toBe(1);
        expect(count('card')).toBeLessThanOrEqual(armedCount);
        expect(count('completed')).toBeLessThanOrEqual(count('card'));
        expect(JSON.stringify(events)).not.toContain('4111111111111111');
      }),
      { seed, numRuns: 150 },
    );
  });
});

/** An answer to 02 of this status, with its CRC. */
const answerOf = (status: number, crcHigh: number, crcLow: number): Uint8Array =>
  Uint8Array.from([...Buffer.from('ViVOtech2\0'), 0x02, status, 0x00, 0x00, crcHigh, crcLow]);
