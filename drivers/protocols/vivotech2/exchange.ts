/**
 * The exchange with one reader, from its line's opening to its end; a pure machine.
 *
 *   opening ─opened→ asking ─all asked→ idle ─arm→ activating ─card→ idle
 *                                               │     └─chip started→ authenticating ─asks host→ waiting
 *                                               └──── what goes wrong, or another purchase: cancelling ⟲
 *   waiting ─answer→ completing ─→ idle          anything ─close→ closing ─line ended→ lost
 *
 * Long operations answer twice: that they have begun, and how they ended; the command stays open until then.
 * What answers no open command is dropped, and what it told of a card is wiped. A reader that gave up waiting
 * for a card is asked again; one that answers nothing is lost.
 */
import { startUp, testing } from './commands.ts';
import { ask, roundOf, whileAsking } from './round.ts';
import {
  activate,
  say,
  wanting,
  wipe,
  type Exchange,
  type Heard,
  type In,
  type Turn,
} from './states.ts';
import {
  whileActivating,
  whileAuthenticating,
  whileCancelling,
  whileCompleting,
  whilePausing,
  whileWaiting,
} from './transaction.ts';

/** The state of a reader whose line is being opened. */
export const opening: Exchange = { is: 'opening', testAsked: false };

/** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
export const next = (now: Exchange, heard: Heard): Turn | undefined => {
  if (heard.is === 'ended') return now.is === 'lost' ? undefined : end(now, heard);
  if (heard.is === 'close') return close(now);
  const turn = nextWhile(now, heard);
  // What nobody took up is wiped.
  if (turn === undefined && heard.is === 'reply' && heard.reply.told !== undefined) {
    return { then: now, do: [wipe(heard.reply.told)] };
  }
  return turn;
};

const nextWhile = (now: Exchange, heard: Heard): Turn | undefined => {
  switch (now.is) {
    case 'opening':
      return whileOpening(now, heard);
    case 'asking':
      return whileAsking(now, heard);
    case 'idle':
      return whileIdle(heard);
    case 'activating':
      return whileActivating(now, heard);
    case 'pausing':
      return whilePausing(now, heard);
    case 'authenticating':
      return whileAuthenticating(now, heard);
    case 'waiting':
      return whileWaiting(heard);
    case 'completing':
      return whileCompleting(now, heard);
    case 'cancelling':
      return whileCancelling(now, heard);
    case 'closing':
    case 'lost':
      return undefined;
  }
};

const whileOpening = (now: In<'opening'>, heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'opened':
      return ask({
        is: 'asking',
        round: roundOf(startUp, false),
        ...wanting(now),
        testAsked: now.testAsked,
      });
    case 'arm':
      return { then: { ...now, wanted: heard.purchase }, do: [] };
    case 'disarm':
      return { then: { is: 'opening', testAsked: now.testAsked }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    default:
      return undefined;
  }
};

const whileIdle = (heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'arm':
      return activate(heard.purchase, 0);
    case 'test':
      return ask({ is: 'asking', round: roundOf(testing, true), testAsked: false });
    case 'noise':
      return { then: { is: 'idle' }, do: [say(heard)] };
    default:
      return undefined;
  }
};

const close = (now: Exchange): Turn | undefined => {
  if (now.is === 'lost' || now.is === 'closing') return undefined;
  const held = now.is === 'authenticating' ? [wipe(now.started)] : [];
  return { then: { is: 'closing' }, do: [{ is: 'stop waiting' }, ...held, { is: 'close line' }] };
};

const end = (now: Exchange, { why, detail }: Extract<Heard, { is: 'ended' }>): Turn => {
  const held = now.is === 'authenticating' ? [wipe(now.started)] : [];
  return {
    then: { is: 'lost' },
    do: [{ is: 'stop waiting' }, ...held, say({ is: 'lost', why, detail })],
  };
};
