/** Moves that several states make: asking, starting, ending, and what a device does once it is free. */
import type { Purchase, ReaderEvent } from '../../reader.ts';
import type { Request } from './commands.ts';
import { startUp } from './properties.ts';
import type { Effect, Heard, Lasting, Round, Turn, Wish } from './states.ts';

/** Says something to whoever opened the reader. */
export const say = (event: ReaderEvent): Effect => ({ is: 'say', event });

/** Asks with the next reference; what was asked before is waited for no more. */
export const ask = (of: Lasting, request: Request): { of: Lasting; effect: Effect } => {
  const reference = (of.reference % 0xff) + 1;
  return { of: { ...of, reference }, effect: { is: 'ask', request, reference } };
};

/** Whether something is the response to the newest request. */
export const isResponse = (
  of: Lasting,
  heard: Heard,
): heard is Extract<Heard, { is: 'response' }> =>
  heard.is === 'response' && heard.reference === of.reference;

/** Starts a transaction for a purchase. */
export const start = (of: Lasting, purchase: Purchase, tries = 1): Turn => {
  const asked = ask(of, { ask: 'start', purchase });
  return { then: { is: 'starting', of: asked.of, purchase, tries }, do: [asked.effect] };
};

/** Ends whatever the device does, and goes on with what is wished. */
export const end = (of: Lasting, wish: Wish, tries = 1): Turn => {
  const asked = ask(of, { ask: 'cancel' });
  return {
    then: { is: 'ending', of: asked.of, wish, tries, isResting: false },
    do: [asked.effect],
  };
};

/** Milliseconds before a device is asked again that was not ready. */
export const againMs = 1_000;

/** Leaves a device alone for a moment: a card that failed may still be in its slot. */
export const rest = (of: Lasting, wish: Wish, tries = 0): Turn => ({
  then: { is: 'ending', of, wish, tries, isResting: true },
  do: [{ is: 'wait', ms: againMs }],
});

/** What a device does that has become free. */
export const settle = (of: Lasting, wish: Wish): Turn => {
  if (wish !== undefined) return start(of, wish);
  if (!of.testAsked) return { then: { is: 'idle', of }, do: [{ is: 'stop waiting' }] };
  return question({ of, wish: undefined }, { step: 0, unanswered: [], isFirst: false });
};

/** Asks the next question of a round, or closes the round. */
export const question = (now: { of: Lasting; wish: Wish }, round: Round): Turn => {
  const property = startUp[round.step];
  if (property === undefined) return answered(now, round);
  const asked = ask(now.of, { ask: 'property', property });
  return { then: { is: 'asking', of: asked.of, wish: now.wish, round }, do: [asked.effect] };
};

const answered = ({ of, wish }: { of: Lasting; wish: Wish }, round: Round): Turn => {
  const { identity } = of;
  const tested = say({ is: 'tested', identity, ...verdictOn(round) });
  const said = round.isFirst ? [say({ is: 'ready', identity })] : [tested];
  const also = round.isFirst && of.testAsked ? [tested] : [];
  const settled = settle({ ...of, testAsked: false }, wish);
  return { then: settled.then, do: [{ is: 'stop waiting' }, ...said, ...also, ...settled.do] };
};

const verdictOn = ({ unanswered }: Round): { passed: boolean; detail: string } => {
  const counted = `${startUp.length - unanswered.length} of ${startUp.length} questions answered`;
  if (unanswered.length === 0) return { passed: true, detail: `${counted}.` };
  return { passed: false, detail: `${counted}; not ${unanswered.join(', ')}.` };
};
