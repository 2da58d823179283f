/**
 * What a MagneSafe V5 reader is asked about itself, once each.
 *
 * An answer does not say what it answers, so one that does not fit the command it is awaited for came late
 * and is dropped. Over USB it is read back right after its question: there, one that does not fit is a
 * refusal.
 */
import type { ReaderIdentity } from '../reader.ts';
import type { Questions, Step, Verdict } from '../stripes/questions.ts';
import { commands, startUp, type Answer, type AnswerFields, type CommandName } from './commands.ts';

/** A round of questions: which one is open, and what was learnt. */
export interface Round {
  readonly step: number;
  readonly identity: ReaderIdentity;
  readonly unanswered: readonly CommandName[];
  readonly refused: readonly CommandName[];
}

/** An answer, and whether it was read back right after its question. */
export interface Reply {
  readonly answer: Answer;
  readonly isInTurn: boolean;
}

type Onward = Step<Round, CommandName>;

/** The questions, in order. */
export const questions: Questions<Round, Reply, CommandName> = {
  begin: () => put({ step: 0, identity: {}, unanswered: [], refused: [] }),
  hear: (round, response) => {
    switch (response.is) {
      case 'reply':
        return hearReply(round, response.reply);
      case 'silence':
        return onward(round, { unanswered: [...round.unanswered, questionOf(round)] });
      case 'noise':
        return undefined;
    }
  },
};

const questionOf = ({ step }: Round): CommandName => startUp[step] ?? 'softwareId';

const put = (round: Round): Onward => ({ is: 'ask', round, command: questionOf(round) });

const hearReply = (
  round: Round,
  { answer: { result, data }, isInTurn }: Reply,
): Onward | undefined => {
  const command = questionOf(round);
  const fields: AnswerFields | undefined =
    result === '00' ? commands[command].read(data) : undefined;
  if (fields === undefined) {
    // A refusal is an answer too: the reader is there, and has no such thing or keeps it to itself.
    return result === '00' && !isInTurn
      ? undefined
      : onward(round, { refused: [...round.refused, command] });
  }
  return onward(round, { identity: { ...round.identity, ...commands[command].tells(fields) } });
};

const onward = (before: Round, learnt: Partial<Round>): Onward => {
  const round: Round = { ...before, ...learnt, step: before.step + 1 };
  return round.step < startUp.length ? put(round) : { is: 'over', verdict: verdictOn(round) };
};

const verdictOn = ({ identity, unanswered, refused }: Round): Verdict => {
  const answeredCount = startUp.length - unanswered.length;
  const also = refused.length === 0 ? '' : `, ${refused.join(', ')} with a refusal`;
  const counted = `${answeredCount} of ${startUp.length} commands answered${also}`;
  if (unanswered.length === 0) return { identity, passed: true, detail: `${counted}.` };
  const detail = `${counted}; not ${unanswered.join(', ')}. Check the cable and how the line is set.`;
  return { identity, passed: false, detail };
};
