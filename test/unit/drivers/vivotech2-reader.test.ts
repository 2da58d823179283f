/** The NEO driver against the simulated reader, over a wire and over HID, under a hand-moved clock. */
import { describe, expect, test } from 'vitest';
import { testCards } from '../../../simulator/readers/cards.ts';
import { chipCard } from '../../../simulator/readers/chip-card.ts';
import { stuck } from '../../../simulator/readers/habits.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { approved, identity, kinds, onCommand, plug, ready } from '../../rigs/neo-reader.ts';

describe.each(['serial', 'hid'] as const)('the NEO driver over %s', (kind) => {
  test('ends what the reader was doing, and says who it is', () => {
    const { said, simulated } = plug(kind, {}, {});
    expect(said()).toEqual([{ is: 'ready', identity }]);
    expect(simulated.heard).toEqual(['05-01', '18-01', '29-00', '12-01']);
  });

  test.each([
    [true, 'encrypted', '4111********1111'],
    [false, 'clear', '411111******1111'],
  ] as const)('reads a card that is tapped (encrypting: %s)', (isEncrypted, level, maskedPan) => {
    const { said, reader, simulated } = ready({ isEncrypted }, kind);
    reader.arm(purchase);
    said();
    simulated.tap(chipCard(testCards.visa));
    const events = said();
    expect(events).toMatchObject([
      { is: 'prompt', prompt: 'processing' },
      {
        is: 'card',
        read: {
          entryMode: 'contactless',
          securityLevel: level,
          card: { maskedPan, expiry: '4912', brand: 'visa', entryMode: 'contactless' },
          chip: {
            cryptogramType: 'ARQC',
            awaitsAnswer: false,
            tags: { '9F02': '000000004250', '9C': '00', '5F2A': '0840' },
          },
        },
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/4111111111111111|TEST.CARD|"5A"|"57"/);
    simulated.tap(chipCard(testCards.visa));
    expect(said()).toEqual([]);
  });

  test('reads a chip, waits for its issuer, and hears its last word', () => {
    const { said, reader, simulated } = ready({}, kind);
    reader.arm(purchase);
    simulated.insert(chipCard(testCards.mastercard));
    // The card was in before the reader was asked for it.
    const events = said();
    expect(kinds(events)).toEqual(['card']);
    expect(events).toContainEqual({ is: 'prompt', prompt: 'processing' });
    expect(events.find(({ is }) => is === 'card')).toMatchObject({
      read: {
        entryMode: 'chip',
        securityLevel: 'encrypted',
        card: { maskedPan: '5555********4444', entryMode: 'chip' },
        chip: { cryptogramType: 'ARQC', awaitsAnswer: true },
      },
    });
    reader.answer(approved);
    expect(said()).toMatchObject([
      {
        is: 'completed',
        verdict: 'approved',
        chip: { cryptogramType: 'TC', tags: { '8A': '3030' } },
      },
    ]);
    expect(simulated.heard.slice(4)).toEqual(['02-40', '60-11', '60-12']);
  });
});

describe('a chip', () => {
  const inserted = (...habits: Parameters<typeof chipCard>[1][]) => {
    const rig = ready();
    rig.reader.arm(purchase);
    rig.said();
    rig.simulated.insert(chipCard(testCards.visa, habits[0]));
    return rig;
  };

  test.each([
    ['TC', 'TC'],
    ['AAC', 'AAC'],
  ] as const)('that decides %s by itself asks nobody', (decides, cryptogramType) => {
    const { said, reader } = inserted({ decides });
    expect(said().filter(({ is }) => is === 'card')).toMatchObject([
      { read: { chip: { cryptogramType, awaitsAnswer: false } } },
    ]);
    reader.answer(approved);
    expect(said()).toEqual([]);
  });

  test.each([
    [{ result: 'declined', responseCode: '05' }, {}, 'declined'],
    [{ result: 'unable', responseCode: 'Z3' }, {}, 'declined'],
    [approved, { declinesAfterApproval: true }, 'declined'],
    [approved, { leavesBeforeAnswer: true }, 'card_removed'],
  ] as const)('that hears %o ends as it decides', (answer, habits, verdict) => {
    const { said, reader } = inserted(habits);
    said();
    reader.answer(answer);
    expect(said().filter(({ is }) => is === 'completed')).toMatchObject([{ verdict }]);
  });

  test('that cannot be read may be swiped instead, and that is told', () => {
    const { said, simulated } = inserted({ unreadable: true });
    expect(said()).toEqual([{ is: 'prompt', prompt: 'use_stripe' }]);
    simulated.swipe(testCards.visa);
    expect(said()).toMatchObject([
      { is: 'card', read: { entryMode: 'stripe', isFallback: true, securityLevel: 'encrypted' } },
    ]);
  });

  test('that cannot be read where no stripe can is a bad read, once a moment', () => {
    const { said, reader, simulated } = ready({}, 'serial', { interfaces: ['contact'] });
    reader.arm(purchase);
    said();
    simulated.insert(chipCard(testCards.visa, { unreadable: true }));
    expect(said(1_200)).toHaveLength(3 * 2);
    simulated.remove();
    said(1_000);
    simulated.insert(chipCard(testCards.visa));
    expect(kinds(said())).toEqual(['card']);
  });

  test('that is pulled while it waits completes nothing', () => {
    const { said, simulated } = inserted();
    said();
    simulated.remove();
    expect(said()).toEqual([{ is: 'completed', verdict: 'card_removed' }]);
  });

  test('that waits is let go when nobody wants it any more', () => {
    const { said, reader, simulated } = inserted();
    said();
    reader.disarm();
    expect(said()).toEqual([]);
    expect(simulated.heard.at(-1)).toBe('05-01');
    reader.answer(approved);
    expect(said()).toEqual([]);
  });

  test('that never answers its issuer completes nothing, and the reader is asked again', () => {
    const rig = ready({ behaviours: [onCommand(0x60, 0x12, stuck)] });
    rig.reader.arm(purchase);
    rig.simulated.insert(chipCard(testCards.visa));
    rig.said();
    rig.reader.answer(approved);
    expect(rig.said(44_000)).toEqual([]);
    expect(rig.said(2_000)).toEqual([{ is: 'completed', verdict: 'no_answer' }]);
    rig.simulated.remove();
    rig.reader.arm(purchase);
    rig.said();
    rig.simulated.tap(chipCard(testCards.visa));
    expect(kinds(rig.said())).toEqual(['card']);
  });
});

describe('the NEO driver', () => {
  test('reads a stripe, in the frame other ID TECH readers send', () => {
    const { said, reader, simulated } = ready();
    reader.arm(purchase);
    said();
    simulated.swipe(testCards.amex);
    expect(said()).toMatchObject([
      {
        is: 'card',
        read: {
          entryMode: 'stripe',
          securityLevel: 'encrypted',
          card: { maskedPan: '3782*******0005', expiry: '4912' },
        },
      },
    ]);
  });

  test('takes cards only where it was told to', () => {
    const settings = { interfaces: ['contact'] };
    const { said, reader, simulated } = ready({}, 'serial', settings);
    reader.arm(purchase);
    said();
    simulated.tap(chipCard(testCards.visa));
    expect(said()).toEqual([]);
    simulated.insert(chipCard(testCards.visa));
    expect(kinds(said())).toEqual(['card']);
    expect(simulated.heard).toContain('60-10');
  });
});
