/** What an ID TECH reader is asked, and how often. */
import { describe, expect, test } from 'vitest';
import { startUp } from '../../../drivers/protocols/idtech-msr/commands.ts';
import {
  questionsOf,
  type Reply,
  type Round,
} from '../../../drivers/protocols/idtech-msr/questions.ts';
import { exchangeOf, opening } from '../../../drivers/stripes/exchange.ts';
import type { Response } from '../../../drivers/stripes/questions.ts';

const round: Round = {
  left: startUp,
  triedCount: 1,
  heardNoise: false,
  identity: {},
  unanswered: [],
  areKeysExhausted: false,
};

/** What a round comes to: the next question, `stay`, the verdict, or `-` where it means nothing. */
const becomes = (now: Round, response: Response<Reply>): string => {
  const step = questionsOf(startUp).hear(now, response);
  switch (step?.is) {
    case undefined:
      return '-';
    case 'ask':
      return `ask ${step.command}`;
    case 'stay':
      return step.round.heardNoise ? 'stay, perhaps answered' : 'stay';
    case 'over':
      return step.verdict.detail;
  }
};

const answers = (text: string): Response<Reply> => ({
  is: 'reply',
  reply: { is: 'answer', answer: { is: 'text', text } },
});
const refusal = (isFinal: boolean): Response<Reply> => ({
  is: 'reply',
  reply: { is: 'refused', isFinal },
});

describe('a question to an ID TECH reader', () => {
  const cases: readonly [string, Partial<Round>, Response<Reply>, string][] = [
    ['answered', {}, answers('V 1'), 'ask serialNumber'],
    ['answered by what fits another', { left: ['ksn'] }, answers('V 1'), '-'],
    ['refused for good', {}, refusal(true), 'ask serialNumber'],
    ['refused, perhaps for a bad checksum', {}, refusal(false), 'ask firmware'],
    ['refused so a third time', { triedCount: 3 }, refusal(false), 'ask serialNumber'],
    ['met with silence', {}, { is: 'silence' }, 'ask serialNumber'],
    ['met with noise', {}, { is: 'noise' }, 'stay, perhaps answered'],
    ['met with noise, then silence', { heardNoise: true }, { is: 'silence' }, 'ask firmware'],
    [
      'met with noise a third time',
      { heardNoise: true, triedCount: 3 },
      { is: 'silence' },
      'ask serialNumber',
    ],
    [
      'the last, met with silence',
      { left: ['ksn'] },
      { is: 'silence' },
      'No answer about ksn. Check the cable and the baud rate.',
    ],
    [
      'the last, of a reader without keys',
      { left: ['ksn'], areKeysExhausted: true },
      refusal(true),
      'The reader has used up its keys; its maker has to load new ones.',
    ],
  ];
  test.each(cases)('%s', (_, now, response, then) => {
    expect(becomes({ ...round, ...now }, response)).toBe(then);
  });

  test('is not put over HID: such a reader is ready at once', () => {
    const turn = exchangeOf(questionsOf([]))(opening, { is: 'opened' });
    expect(turn?.then).toEqual({ is: 'idle' });
    expect(turn?.do).toMatchObject([{ is: 'stop waiting' }, { is: 'say', event: { is: 'ready' } }]);
  });
});
