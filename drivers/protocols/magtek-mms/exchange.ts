/**
 * The exchange with one device, from its line's opening to its end; a pure machine.
 *
 *   opening → clearing → asking → idle ⇄ starting → armed → deciding → answering → idle
 *   whatever runs is ended by a cancel:      ending → idle or starting
 *   anything ─close→ closing ─line ended→ lost
 *
 * A device answers each request at once, echoing its reference; everything after that comes in notifications,
 * which have none. So a notification counts only in the state that waits for it.
 */
import type { ReaderIdentity } from '../../reader.ts';
import { againMs, ask, end, isResponse, question, rest, say, settle, start } from './moves.ts';
import { readProperty, startUp } from './properties.ts';
import type { Effect, Exchange, Heard, Lasting, Open, Turn, Wish } from './states.ts';
import { cannotCancel, inProgress } from './status.ts';
import { whileAnswering, whileArmed, whileDeciding } from './transaction.ts';

/** After so many a device is given up: somebody has to look at it. */
const cancelTries = 30;
const startTries = 5;
/** One answer may get lost on the way; a device that is silent twice is not there. */
const silentTries = 2;

/** The state of a device whose line is being opened. */
export const opening: Exchange = {
  is: 'opening',
  of: { reference: 0, identity: { securityLevel: 'encrypted' }, testAsked: false },
  wish: undefined,
};

/** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
export const next = (now: Exchange, heard: Heard): Turn | undefined => {
  if (now.is === 'lost' || now.is === 'closing') return afterwards(now, heard);
  switch (heard.is) {
    case 'close':
      return {
        then: { is: 'closing' },
        do: [...wipesOf(now), { is: 'stop waiting' }, { is: 'close line' }],
      };
    case 'ended': {
      const lost = say({ is: 'lost', why: heard.why, detail: heard.detail });
      return { then: { is: 'lost' }, do: [...wipesOf(now), { is: 'stop waiting' }, lost] };
    }
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'test':
      return testing(now);
    default:
      if (announcesReset(heard)) return { then: now, do: [say(restarting)] };
      return turnOf(now, heard) ?? unwanted(now, heard);
  }
};

/** What a device that says that it will reset itself is told of as. The manual does not say how soon. */
const restarting = { is: 'restarting', withinMs: 120_000 } as const;

const announcesReset = (heard: Heard): boolean =>
  heard.is === 'notice' && heard.notice.is === 'device' && heard.notice.event === 'reset soon';

const turnOf = (now: Open, heard: Heard): Turn | undefined => {
  switch (now.is) {
    case 'opening':
      return heard.is === 'opened' ? clear(now) : wished(now, heard);
    case 'clearing':
      return whileClearing(now, heard);
    case 'asking':
      return whileAsking(now, heard);
    case 'idle':
      return heard.is === 'arm' ? start(now.of, heard.purchase) : undefined;
    case 'starting':
      return whileStarting(now, heard);
    case 'armed':
      return whileArmed(now, heard);
    case 'deciding':
      return whileDeciding(now, heard);
    case 'answering':
      return whileAnswering(now, heard);
    case 'ending':
      return whileEnding(now, heard);
  }
};

// A card that nobody waits for is dropped, and its data wiped.
const unwanted = (now: Exchange, heard: Heard): Turn | undefined => {
  if (heard.is === 'card') return { then: now, do: [{ is: 'wipe', read: heard.found.read }] };
  return heard.is === 'batch' ? { then: now, do: [{ is: 'wipe', read: heard.read }] } : undefined;
};

const afterwards = (
  now: Extract<Exchange, { is: 'closing' | 'lost' }>,
  heard: Heard,
): Turn | undefined => {
  if (now.is === 'closing' && heard.is === 'ended') {
    const { why, detail } = heard;
    return { then: { is: 'lost' }, do: [say({ is: 'lost', why, detail })] };
  }
  return unwanted(now, heard);
};

const wipesOf = (now: Open): Effect[] =>
  now.is === 'armed' && now.batch !== undefined ? [{ is: 'wipe', read: now.batch }] : [];

// Arming and disarming while the device is busy with something else: kept in mind until it is free.
const wished = (
  now: Extract<Exchange, { is: 'opening' | 'clearing' | 'asking' | 'ending' }>,
  heard: Heard,
): Turn | undefined => {
  if (heard.is === 'arm') return { then: { ...now, wish: heard.purchase }, do: [] };
  return heard.is === 'disarm' ? { then: { ...now, wish: undefined }, do: [] } : undefined;
};

// Whoever had the device before may have left a transaction running.
const clear = ({ of, wish }: { of: Lasting; wish: Wish }, tries = 1): Turn => {
  const asked = ask(of, { ask: 'cancel' });
  return {
    then: { is: 'clearing', of: asked.of, wish, tries, isResting: false },
    do: [asked.effect],
  };
};

const whileClearing = (
  now: Extract<Exchange, { is: 'clearing' }>,
  heard: Heard,
): Turn | undefined => {
  if (heard.is === 'silence') {
    if (!now.isResting && now.tries >= silentTries) return silent();
    return now.tries < cancelTries ? clear(now, now.tries + 1) : stuck();
  }
  if (!isResponse(now.of, heard)) return wished(now, heard);
  if (heard.status.reason === cannotCancel) {
    return { then: { ...now, isResting: true }, do: [{ is: 'wait', ms: againMs }] };
  }
  return question(now, { step: 0, unanswered: [], isFirst: true });
};

const stuck = (): Turn => give('failed', 'The reader does not end its transaction. Restart it.');

/** A device that answers nothing: wrong line, wrong speed, or none of this kind. */
const silent = (): Turn =>
  give('silent', 'The reader answers no command. Check the cable, the protocol and the baud rate.');

/** Gives the device up: it is told why, and its line is closed. */
const give = (why: 'silent' | 'failed', detail: string): Turn => ({
  then: { is: 'lost' },
  do: [{ is: 'stop waiting' }, { is: 'close line' }, say({ is: 'lost', why, detail })],
});

const whileAsking = (now: Extract<Exchange, { is: 'asking' }>, heard: Heard): Turn | undefined => {
  const { of, wish, round } = now;
  const property = startUp[round.step];
  const onward = (learnt: ReaderIdentity | undefined): Turn => {
    const missed = learnt === undefined && property !== undefined ? [property] : [];
    return question(
      { of: { ...of, identity: { ...of.identity, ...learnt } }, wish },
      { ...round, step: round.step + 1, unanswered: [...round.unanswered, ...missed] },
    );
  };
  if (heard.is === 'silence') return onward(undefined);
  if (!isResponse(of, heard)) return wished(now, heard);
  const isTold = heard.status.isGood && property !== undefined;
  return onward(isTold ? readProperty(property, heard.payload) : undefined);
};

const testing = (now: Open): Turn | undefined => {
  if (now.is === 'asking' && !now.round.isFirst) return undefined;
  // A device does one thing at a time; the test follows when it is free.
  const of = { ...now.of, testAsked: true };
  return now.is === 'idle' ? settle(of, undefined) : { then: { ...now, of }, do: [] };
};

const whileStarting = (
  now: Extract<Exchange, { is: 'starting' }>,
  heard: Heard,
): Turn | undefined => {
  const { of, purchase, tries } = now;
  if (heard.is === 'silence') {
    return tries < silentTries ? end(of, purchase, tries + 1) : silent();
  }
  if (heard.is === 'arm') return end(of, heard.purchase);
  if (heard.is === 'disarm') return end(of, undefined);
  if (!isResponse(of, heard)) return undefined;
  const { isGood, reason, says } = heard.status;
  if (isGood) return { then: { is: 'armed', of, purchase }, do: [{ is: 'stop waiting' }] };
  // Somebody else's transaction must not be taken for this one: it has another amount.
  if (reason === inProgress && tries < startTries) return end(of, purchase, tries + 1);
  return give('failed', `The reader starts no transaction (${says}).`);
};

const whileEnding = (now: Extract<Exchange, { is: 'ending' }>, heard: Heard): Turn | undefined => {
  const { of, wish, tries } = now;
  if (heard.is === 'silence') {
    if (!now.isResting && tries >= silentTries) return silent();
    return tries < cancelTries ? end(of, wish, tries + 1) : stuck();
  }
  if (!isResponse(of, heard)) return wished(now, heard);
  if (heard.status.reason === cannotCancel) return rest(of, wish, tries);
  return wish === undefined ? settle(of, undefined) : start(of, wish, tries);
};
