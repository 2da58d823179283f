/**
 * What an ID TECH reader of stripes is asked about itself.
 *
 * What answers no open question is dropped. A question that was refused, or whose answer was damaged on its
 * way, is put three times at most.
 */
import type { ReaderIdentity } from '../../reader.ts';
import type { Questions, Response, Step, Verdict } from '../../stripes/questions.ts';
import type { Answer } from './answer.ts';
import { commands, exhaustedLevel, type AnswerFields, type CommandName } from './commands.ts';

/** A round of questions: which one is open, how often it was put, and what was learnt. */
export interface Round {
  readonly left: readonly CommandName[];
  readonly triedCount: number;
  /** Something came while the question was open that was no frame: its answer, perhaps. */
  readonly heardNoise: boolean;
  readonly identity: ReaderIdentity;
  readonly unanswered: readonly CommandName[];
  readonly areKeysExhausted: boolean;
}

/** What a reader replies: an answer, or that it will not give one; `isFinal` when asking again is no use. */
export type Reply =
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'refused'; readonly isFinal: boolean };

type Onward = Step<Round, CommandName>;

/** How often a question is put. */
const triesMax = 3;

/** A round that puts these questions. */
export const questionsOf = (
  asked: readonly CommandName[],
): Questions<Round, Reply, CommandName> => ({
  begin: () =>
    put({
      left: asked,
      triedCount: 0,
      heardNoise: false,
      identity: {},
      unanswered: [],
      areKeysExhausted: false,
    }),
  hear: (round, response) => hear(round, response),
});

const hear = (round: Round, response: Response<Reply>): Onward | undefined => {
  switch (response.is) {
    case 'reply':
      return response.reply.is === 'answer'
        ? hearAnswer(round, response.reply.answer)
        : retry(round, !response.reply.isFinal);
    case 'silence':
      return retry(round, round.heardNoise);
    case 'noise':
      // What was no frame may have been the answer.
      return { is: 'stay', round: { ...round, heardNoise: true } };
  }
};

/** Puts the question that is open, or ends the round when there is none left. */
const put = (round: Round): Onward => {
  const [command] = round.left;
  if (command === undefined) return { is: 'over', verdict: verdictOn(round) };
  const tried: Round = { ...round, triedCount: round.triedCount + 1, heardNoise: false };
  return { is: 'ask', round: tried, command };
};

const onward = (round: Round, learnt: Partial<Round>): Onward =>
  put({ ...round, ...learnt, left: round.left.slice(1), triedCount: 0 });

const retry = (round: Round, isWorthIt: boolean): Onward =>
  isWorthIt && round.triedCount < triesMax
    ? put(round)
    : onward(round, { unanswered: [...round.unanswered, ...round.left.slice(0, 1)] });

const hearAnswer = (round: Round, answer: Answer): Onward | undefined => {
  const [command] = round.left;
  if (command === undefined) return undefined;
  const fields: AnswerFields | undefined = commands[command].read(answer);
  if (fields === undefined) return undefined;
  const areKeysExhausted = round.areKeysExhausted || fields['securityLevel'] === exhaustedLevel;
  const identity = { ...round.identity, ...commands[command].tells(fields) };
  return onward(round, { identity, areKeysExhausted });
};

const verdictOn = ({ identity, unanswered, areKeysExhausted }: Round): Verdict => {
  if (areKeysExhausted) {
    const detail = 'The reader has used up its keys; its maker has to load new ones.';
    return { identity, passed: false, detail };
  }
  if (unanswered.length > 0) {
    const detail = `No answer about ${unanswered.join(', ')}. Check the cable and the baud rate.`;
    return { identity, passed: false, detail };
  }
  const isAsked = Object.keys(identity).length > 0;
  const detail = isAsked
    ? 'All questions were answered.'
    : 'The reader is plugged in. Over HID it is asked nothing; swipe a card to see it read.';
  return { identity, passed: true, detail };
};
