/** Rounds of questions: when a reader was opened, and when it is tested. */
import { toHex } from '../../frames/hex.ts';
import { status, statuses } from './codes.ts';
import { commands, type Request, type RequestName } from './commands.ts';
import {
  activate,
  giveUpReader,
  idle,
  say,
  triesMax,
  type Exchange,
  type Heard,
  type In,
  type Reply,
  type Round,
  type Turn,
} from './states.ts';

/** A round that puts these questions. */
export const roundOf = (left: readonly RequestName[], isTest: boolean): Round => ({
  left,
  triedCount: 0,
  identity: {},
  unanswered: [],
  isTest,
});

/** What becomes of a round on hearing something. */
export const whileAsking = (now: In<'asking'>, heard: Heard): Turn | undefined => {
  const { round, testAsked } = now;
  switch (heard.is) {
    case 'reply':
      return hearAnswer(now, heard.reply);
    case 'silence':
      return round.triedCount < triesMax ? ask(now) : giveUp(now);
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
      return { then: { ...now, wanted: heard.purchase }, do: [] };
    case 'disarm':
      return { then: { is: 'asking', round, testAsked }, do: [] };
    case 'test':
      return round.isTest ? undefined : { then: { ...now, testAsked: true }, do: [] };
    default:
      return undefined;
  }
};

/** Puts the question that is open, or ends the round when there is none left. */
export const ask = (now: In<'asking'>): Turn => {
  const { round } = now;
  const [name] = round.left;
  if (name === undefined) return endRound(now);
  const then: Exchange = { ...now, round: { ...round, triedCount: round.triedCount + 1 } };
  return { then, do: [{ is: 'ask', request: { is: name } as Request }] };
};

const nextQuestion = (now: In<'asking'>, learnt: Partial<Round>): Turn => {
  const left = now.round.left.slice(1);
  return ask({ ...now, round: { ...now.round, ...learnt, left, triedCount: 0 } });
};

const giveUp = (now: In<'asking'>): Turn => {
  const { left, unanswered, isTest } = now.round;
  // Whoever does not answer a ping takes no card either.
  if (left[0] === 'ping' && !isTest) {
    return giveUpReader('The reader answered no ping. Check the cable and the baud rate.');
  }
  return nextQuestion(now, { unanswered: [...unanswered, ...left.slice(0, 1)] });
};

const hearAnswer = (now: In<'asking'>, reply: Reply): Turn | undefined => {
  const { left, identity, triedCount } = now.round;
  const [name] = left;
  if (name === undefined || reply.command !== commands[name].command) return undefined;
  if (reply.status === status.badCrc && triedCount < triesMax) return ask(now);
  // A refusal is an answer too; what was cancelled need not have been there.
  if (reply.status !== status.ok) return refused(now, reply.status);
  const { text } = reply;
  if (name === 'firmware') return nextQuestion(now, { identity: { ...identity, firmware: text } });
  const learnt = name === 'serialNumber' && text !== '' ? { serialNumber: text } : {};
  return nextQuestion(now, { identity: { ...identity, ...learnt } });
};

// Its cable and its baud rate are right then.
const refused = (now: In<'asking'>, code: number): Turn => {
  const { left, isTest } = now.round;
  if (left[0] !== 'ping') return nextQuestion(now, {});
  if (isTest) return giveUp(now);
  const says = `status ${toHex(Uint8Array.of(code))}, ${statuses[code] ?? 'which is not known'}`;
  return giveUpReader(`The reader refused a ping (${says}). Take its power away for a moment.`);
};

const endRound = (now: In<'asking'>): Turn => {
  const { identity, unanswered, isTest } = now.round;
  const passed = unanswered.length === 0;
  const detail = passed
    ? 'All questions were answered.'
    : `No answer about ${unanswered.join(', ')}. Check the cable and the baud rate.`;
  const tested = say({ is: 'tested', passed, identity, detail });
  const said = isTest ? [tested] : [say({ is: 'ready', identity })];
  const also = !isTest && now.testAsked ? [tested] : [];
  const effects = [...said, ...also];
  return now.wanted === undefined ? idle(effects) : activate(now.wanted, 0, effects);
};
