/** What a MagneSafe reader is asked, and what becomes of a round of questions. */
import { describe, expect, test } from 'vitest';
import { startUp, type CommandName } from '../../../drivers/magnesafe/commands.ts';
import { questions, type Reply, type Round } from '../../../drivers/magnesafe/questions.ts';
import type { Effect, Exchange, Heard } from '../../../drivers/stripes/exchange.ts';
import { exchangeOf, opening } from '../../../drivers/stripes/exchange.ts';
import { containing } from '../../rigs/containing.ts';

const next = exchangeOf(questions);
const opened = { is: 'opened' } as const;
const silence = { is: 'silence' } as const;

/** Runs happenings from a state on; returns what was said and where it ended. */
const run = (from: Exchange<Round>, happenings: readonly Heard<Reply>[]) => {
  let now = from;
  const done: Effect<CommandName>[] = [];
  for (const heard of happenings) {
    const turn = next(now, heard);
    if (turn === undefined) continue;
    now = turn.then;
    done.push(...turn.do);
  }
  return { now, said: done.flatMap((effect) => (effect.is === 'say' ? [effect.event] : [])), done };
};

const answers = (...lines: readonly (readonly [string, string])[]): Heard<Reply>[] =>
  lines.map(([result, hex]) => ({
    is: 'reply',
    reply: { answer: { result, data: new Uint8Array(Buffer.from(hex, 'hex')) }, isInTurn: false },
  }));
const allAnswers = answers(
  ['00', '3231303432383132443031'],
  ['00', 'FFFF9876543210E00001'],
  ['00', '0200'],
  ['00', '03'],
  ['00', '42303030373935'],
);
const identity = {
  firmware: '21042812D01',
  ksn: 'FFFF9876543210E00001',
  securityLevel: 'encrypted',
  serialNumber: 'B000795',
};

describe('a round of questions', () => {
  test('asks every start-up command in order, then says it is ready', () => {
    const { now, said, done } = run(opening, [opened, ...allAnswers]);
    expect(done.flatMap((effect) => (effect.is === 'ask' ? [effect.command] : []))).toEqual(
      startUp,
    );
    expect(said).toEqual([{ is: 'ready', identity }]);
    expect(now).toEqual({ is: 'idle' });
  });

  test('is ready without an answer, and armed when it was armed meanwhile', () => {
    const silent = startUp.map(() => silence);
    const { now, said } = run(opening, [{ is: 'arm' }, opened, ...silent]);
    expect(said).toEqual([{ is: 'ready', identity: {} }]);
    expect(now).toEqual({ is: 'armed' });
  });

  test('drops an answer that came too late to fit', () => {
    const [softwareId, ...others] = allAnswers;
    if (softwareId === undefined) throw new Error('There are answers.');
    const { said } = run(opening, [opened, silence, softwareId, ...others]);
    const { firmware: _, ...rest } = identity;
    expect(said).toEqual([{ is: 'ready', identity: rest }]);
  });

  test('takes a refusal for an answer and goes on', () => {
    const refused = answers(['07', '']);
    const { said } = run(opening, [opened, ...refused, ...allAnswers.slice(1)]);
    expect(said).toMatchObject([{ is: 'ready', identity: { serialNumber: 'B000795' } }]);
  });

  test('passes a test when everything was answered, and goes back to being armed', () => {
    const { now, said } = run({ is: 'armed' }, [{ is: 'test' }, ...allAnswers]);
    expect(said).toEqual([
      { is: 'tested', passed: true, identity, detail: '5 of 5 commands answered.' },
    ]);
    expect(now).toEqual({ is: 'armed' });
  });

  test('fails a test by naming what was not answered', () => {
    const { said } = run({ is: 'idle' }, [{ is: 'test' }, ...allAnswers.slice(0, 4), silence]);
    expect(said).toMatchObject([
      { is: 'tested', passed: false, detail: containing('not deviceSerial') },
    ]);
  });

  test('answers a test that was asked for before the reader was ready', () => {
    const { said } = run(opening, [{ is: 'test' }, opened, ...allAnswers]);
    expect(said.map(({ is }) => is)).toEqual(['ready', 'tested']);
  });
});
