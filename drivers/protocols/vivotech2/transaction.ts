/** Transactions: from asking for a card to its last word, or to asking for another. */
import { toHex } from '../../frames/hex.ts';
import type { Purchase } from '../../reader.ts';
import { status, type Step } from './codes.ts';
import { commands } from './commands.ts';
import { chipOf, readOf, stepOf } from './outcome.ts';
import {
  activate,
  again,
  badRead,
  busy,
  cancel,
  frameBytesMin,
  giveUpReader,
  idle,
  prompted,
  say,
  triesMax,
  wipe,
  type Effect,
  type Exchange,
  type Heard,
  type In,
  type Reply,
  type Turn,
} from './states.ts';
import type { Told } from './told.ts';

/** A reader waits for a card. */
export const whileActivating = (now: In<'activating'>, heard: Heard): Turn | undefined => {
  const { purchase } = now;
  switch (heard.is) {
    case 'reply':
      return hearActivation(now, heard.reply);
    case 'message':
      return heard.wantsChoice
        ? cancel(purchase, 0, [badRead('chip_unreadable')])
        : { then: now, do: prompted(heard.prompt) };
    case 'silence':
      return refuse(now, 'It answered nothing.');
    case 'noise':
      return hearNoise(now, heard.byteCount, purchase);
    case 'arm':
      return cancel(heard.purchase, 0);
    case 'disarm':
      return cancel(undefined, 0);
    case 'test':
      return { then: now, do: [busy] };
    default:
      return undefined;
  }
};

/** A reader is left alone for a moment before it is asked for a card again. */
export const whilePausing = (now: In<'pausing'>, heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'silence':
      return activate(now.purchase, 0);
    case 'message':
      return { then: now, do: prompted(heard.prompt) };
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
      return { then: { is: 'pausing', purchase: heard.purchase }, do: [] };
    case 'disarm':
      return idle();
    case 'test':
      return { then: now, do: [busy] };
    default:
      return undefined;
  }
};

/** A chip and its terminal come to terms. */
export const whileAuthenticating = (now: In<'authenticating'>, heard: Heard): Turn | undefined => {
  const { purchase, started } = now;
  const leave = (turn: Turn): Turn => ({ then: turn.then, do: [wipe(started), ...turn.do] });
  switch (heard.is) {
    case 'reply':
      return hearStep(now, heard.reply);
    case 'message':
      return heard.wantsChoice
        ? leave(cancel(purchase, 0, [badRead('chip_unreadable')]))
        : { then: now, do: prompted(heard.prompt) };
    case 'silence':
      return leave(cancel(purchase, 0, [badRead('chip_unreadable')]));
    case 'noise': {
      const turn = hearNoise(now, heard.byteCount, purchase);
      return turn.then === now ? turn : leave(turn);
    }
    case 'arm':
      return leave(cancel(heard.purchase, 0));
    case 'disarm':
      return leave(cancel(undefined, 0));
    case 'test':
      return { then: now, do: [busy] };
    default:
      return undefined;
  }
};

/** A chip waits for its issuer. */
export const whileWaiting = (heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'answer':
      return {
        then: { is: 'completing' },
        do: [{ is: 'ask', request: { is: 'complete', answer: heard.answer } }],
      };
    case 'reply':
      return hearEnd(heard.reply);
    case 'message':
      return { then: { is: 'waiting' }, do: prompted(heard.prompt) };
    case 'noise':
      return { then: { is: 'waiting' }, do: [say(heard)] };
    case 'arm':
      return cancel(heard.purchase, 0);
    case 'disarm':
      return cancel(undefined, 0);
    case 'test':
      return { then: { is: 'waiting' }, do: [busy] };
    default:
      return undefined;
  }
};

// The reader does not wait for ever, nor need the card stay. What it told before it may tell again.
const hearEnd = ({ told }: Reply): Turn | undefined => {
  const step = told?.step;
  if (told === undefined || step === undefined || !ends.includes(step)) return undefined;
  const verdict = step === 'card removed' ? 'card_removed' : 'no_answer';
  return idle([wipe(told), say({ is: 'completed', verdict })]);
};

const ends: readonly Step[] = ['card removed', 'timed out', 'cancelled', 'failed'];

const noAnswer: Effect = { is: 'say', event: { is: 'completed', verdict: 'no_answer' } };

/** A chip has its issuer’s answer and decides. */
export const whileCompleting = (now: In<'completing'>, heard: Heard): Turn | undefined => {
  const { wanted } = now;
  switch (heard.is) {
    case 'reply':
      return hearCompletion(now, heard.reply);
    case 'message':
      return { then: now, do: prompted(heard.prompt) };
    case 'silence':
      return cancel(wanted, 0, [noAnswer]);
    case 'noise':
      return heard.byteCount < frameBytesMin
        ? { then: now, do: [say(heard)] }
        : cancel(wanted, 0, [say(heard), noAnswer]);
    case 'arm':
      return { then: { ...now, wanted: heard.purchase }, do: [] };
    case 'disarm':
      // The card decides now; what it says is still told.
      return { then: { is: 'completing' }, do: [] };
    case 'test':
      return { then: now, do: [busy] };
    default:
      return undefined;
  }
};

/** A reader is to forget what it was doing. */
export const whileCancelling = (now: In<'cancelling'>, heard: Heard): Turn | undefined => {
  const { wanted, refusedCount, triedCount } = now;
  const onward = wanted === undefined ? idle() : activate(wanted, refusedCount);
  switch (heard.is) {
    case 'reply':
      return heard.reply.command === commands.cancel.command ? onward : undefined;
    case 'silence':
      return triedCount < triesMax
        ? {
            then: { ...now, triedCount: triedCount + 1 },
            do: [{ is: 'ask', request: { is: 'cancel' } }],
          }
        : giveUpReader('The reader answered no cancellation. Check the cable, or restart it.');
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
      return { then: { ...now, wanted: heard.purchase }, do: [] };
    case 'disarm':
      return { then: { is: 'cancelling', refusedCount, triedCount }, do: [] };
    case 'test':
      return { then: now, do: [busy] };
    default:
      return undefined;
  }
};

const refuse = (now: In<'activating'>, how: string): Turn => {
  const refusedCount = now.refusedCount + 1;
  return refusedCount < triesMax
    ? cancel(now.purchase, refusedCount)
    : giveUpReader(`The reader would not take a card ${triesMax} times. ${how}`);
};

// A frame that was damaged may have been the card's: it is asked for again, and nothing was sent for it yet.
const hearNoise = (now: Exchange, byteCount: number, purchase: Purchase): Turn => {
  const noise = say({ is: 'noise', byteCount });
  return byteCount < frameBytesMin
    ? { then: now, do: [noise] }
    : cancel(purchase, 0, [noise, badRead('damaged')]);
};

const isOfTransaction = ({ command }: Reply): boolean =>
  command === commands.activate.command || command === commands.complete.command;

const hearActivation = (now: In<'activating'>, reply: Reply): Turn | undefined => {
  const { purchase } = now;
  const { told } = reply;
  if (!isOfTransaction(reply) || isLastWord(told)) return undefined;
  switch (reply.status) {
    case status.begun:
      return { then: { ...now, refusedCount: 0 }, do: [] };
    case status.userInterfaceEvent:
      return { then: now, do: prompted('processing') };
    case status.timeout:
      return again(purchase, held(told));
    case status.ok:
    case status.askHost:
      return told === undefined ? { then: now, do: [] } : hearCard(now, told);
    case status.failed:
      if (told?.errorCode === undefined) break;
      return again(purchase, [wipe(told), ...stepOf(told).say]);
    default:
      break;
  }
  const turn = refuse(now, `Its status was ${hexOf(reply.status)}.`);
  return { then: turn.then, do: [...held(told), ...turn.do] };
};

const held = (told: Told | undefined): Effect[] => (told === undefined ? [] : [wipe(told)]);

const hexOf = (byte: number): string => toHex(Uint8Array.of(byte));

// A chip's last word in the place of its first is of the sale before.
const isLastWord = (told: Told | undefined): boolean =>
  told?.step === 'approved' || told?.step === 'declined';

const hearCard = (now: In<'activating'>, told: Told): Turn => {
  const { purchase } = now;
  if (told.step === 'started') {
    return {
      then: { is: 'authenticating', purchase, started: told },
      do: [...prompted('processing'), { is: 'ask', request: { is: 'authenticate' } }],
    };
  }
  return hearResult(purchase, told);
};

/** A result that ends the asking for a card: one was read, or this one will not do. */
const hearResult = (purchase: Purchase, told: Told, started?: Told): Turn => {
  const read = readOf(told, started);
  if (read === undefined) {
    return again(purchase, [...held(told), ...held(started), ...stepOf(told).say]);
  }
  const card = say({ is: 'card', read });
  return read.chip?.awaitsAnswer === true
    ? { then: { is: 'waiting' }, do: [{ is: 'stop waiting' }, card] }
    : idle([card]);
};

const hearStep = (now: In<'authenticating'>, reply: Reply): Turn | undefined => {
  if (!isOfTransaction(reply) || isStale(reply, ['started', 'approved', 'declined']))
    return undefined;
  const { purchase, started } = now;
  if (reply.told !== undefined) return hearResult(purchase, reply.told, started);
  if (isPending(reply)) return { then: now, do: [] };
  return cancel(purchase, 0, [wipe(started), badRead('chip_unreadable')]);
};

const hearCompletion = (now: In<'completing'>, reply: Reply): Turn | undefined => {
  if (!isOfTransaction(reply) || isStale(reply, ['started', 'asks host'])) return undefined;
  const { told } = reply;
  if (told === undefined) {
    return isPending(reply) ? { then: now, do: [] } : cancel(now.wanted, 0, [noAnswer]);
  }
  const chip = chipOf(told);
  const { verdict } = stepOf(told);
  const completed = say({ is: 'completed', verdict, ...(chip === undefined ? {} : { chip }) });
  const effects = [wipe(told), completed];
  return now.wanted === undefined ? idle(effects) : activate(now.wanted, 0, effects);
};

/** Only the first of two answers; the second brings the result. */
const isPending = (reply: Reply): boolean =>
  reply.status === status.begun || reply.status === status.ok;

// What was told before is told again by some readers, or by their cable. It is no answer to what is open now.
const isStale = ({ told }: Reply, before: readonly Step[]): boolean =>
  told !== undefined && (told.step === undefined || before.includes(told.step));
