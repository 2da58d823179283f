/**
 * One transaction of a device: it waits for a card, tells it, waits for the host, and tells how it ended.
 *
 *   armed ─request→ deciding ─answer→ answering ─complete→ idle
 *     └─a stripe, or a card that decided by itself→ idle
 *
 * What the card decides last is told by its outcome only: its second cryptogram stays encrypted.
 */
import type { CryptogramType } from '../../../contract/index.ts';
import type { BadRead, CardRead, ChipVerdict } from '../../reader.ts';
import { ask, end, isResponse, rest, say, settle, start } from './moves.ts';
import type { CardEvent, Notice, Outcome } from './notices.ts';
import type { Effect, Exchange, Heard, Turn } from './states.ts';

type Armed = Extract<Exchange, { is: 'armed' }>;
type Deciding = Extract<Exchange, { is: 'deciding' }>;
type Answering = Extract<Exchange, { is: 'answering' }>;

/** Milliseconds a device may take from the host's answer to the end: scripts and the card's last word. */
const completeWithinMs = 30_000;

/** What becomes of a device that waits for a card. */
export const whileArmed = (now: Armed, heard: Heard): Turn | undefined => {
  const { of, purchase, batch } = now;
  switch (heard.is) {
    case 'arm':
      return first(wipe(batch), end(of, heard.purchase));
    case 'disarm':
      return first(wipe(batch), end(of, undefined));
    case 'card':
      return cardCame(now, heard);
    case 'no card':
      return first([say({ is: 'bad read', why: heard.why })], end(of, purchase));
    case 'batch':
      return { then: { ...now, batch: heard.read }, do: wipe(batch) };
    case 'notice':
      return noticeWhileArmed(now, heard.notice);
    default:
      return undefined;
  }
};

const cardCame = ({ of, batch }: Armed, { found, waits }: Extract<Heard, { is: 'card' }>): Turn => {
  const told = [...wipe(batch), say({ is: 'card', read: found.read })];
  if (!waits) return first(told, settle(of, undefined));
  // A stripe has no last word to say; the device would wait for one all the same.
  if (found.read.chip === undefined) return first(told, end(of, undefined));
  return { then: { is: 'deciding', of, serial: found.serial, isRemoved: false }, do: told };
};

const noticeWhileArmed = (now: Armed, notice: NoticeHeard): Turn | undefined => {
  const { of, purchase, batch } = now;
  switch (notice.is) {
    case 'card event': {
      const prompt = promptsOf[notice.event];
      return prompt === undefined ? undefined : { then: now, do: [say({ is: 'prompt', prompt })] };
    }
    case 'prompt':
      return { then: now, do: [say(notice)] };
    case 'selection': {
      // Nobody is there to choose for the customer; the card has its applications in order of preference.
      const asked = ask(of, { ask: 'select', item: 0 });
      return { then: { ...now, of: asked.of }, do: [asked.effect, { is: 'stop waiting' }] };
    }
    case 'device':
      return notice.event === 'reset' ? first(wipe(batch), start(of, purchase)) : undefined;
    case 'complete':
      return completeWhileArmed(now, notice.outcome);
    case 'other':
      return undefined;
  }
};

type NoticeHeard = Exclude<Notice, { is: 'data' }>;

const promptsOf: Readonly<Record<CardEvent, 'processing' | 'one_card_only' | undefined>> = {
  swiped: 'processing',
  inserted: 'processing',
  detected: 'processing',
  several: 'one_card_only',
  removed: undefined,
};

const completeWhileArmed = (now: Armed, outcome: Outcome): Turn | undefined => {
  const { of, purchase, batch } = now;
  const decided = decidedByCard[outcome];
  if (decided !== undefined && batch !== undefined) {
    return first(
      [say({ is: 'card', read: withCryptogram(batch, decided) })],
      settle(of, undefined),
    );
  }
  // Of an earlier transaction, whose end came late: this one has no data that could have been approved.
  if (ofAnother.includes(outcome)) return undefined;
  const why = badReads[outcome];
  const said: Effect[] = why === undefined ? [] : [say({ is: 'bad read', why })];
  return first(
    [...wipe(batch), ...said],
    why === undefined ? start(of, purchase) : rest(of, purchase),
  );
};

const ofAnother: readonly Outcome[] = ['cancelled by the host', 'approved', 'deferred'];

const decidedByCard: Readonly<Partial<Record<Outcome, CryptogramType>>> = {
  'approved by the card': 'TC',
  'declined by the card': 'AAC',
};

/** What an end without a card means to whoever waits for one; the device is started again. */
const badReads: Readonly<Partial<Record<Outcome, BadRead>>> = {
  'cancelled by the customer': 'no_data',
  'read error': 'bad_track',
  fallback: 'chip_unreadable',
  'another interface': 'chip_unreadable',
  again: 'damaged',
  'not accepted': 'not_accepted',
  failed: 'damaged',
  'approved by the card': 'damaged',
  'declined by the card': 'damaged',
};

const withCryptogram = (read: CardRead, cryptogramType: CryptogramType): CardRead =>
  read.chip === undefined
    ? read
    : { ...read, chip: { ...read.chip, cryptogramType, awaitsAnswer: false } };

/** What becomes of a device whose card waits for its issuer's answer. */
export const whileDeciding = (now: Deciding, heard: Heard): Turn | undefined => {
  const { of, serial, isRemoved } = now;
  switch (heard.is) {
    case 'answer': {
      const asked = ask(of, { ask: 'resume', answer: heard.answer, serial });
      return { then: { is: 'answering', of: asked.of, isRemoved }, do: [asked.effect] };
    }
    case 'arm':
      return end(of, heard.purchase);
    case 'disarm':
      return end(of, undefined);
    case 'notice':
      return noticeWhileWaiting(now, heard.notice);
    default:
      return undefined;
  }
};

/** What becomes of a device that has the host's answer. */
export const whileAnswering = (now: Answering, heard: Heard): Turn | undefined => {
  const { of } = now;
  if (isResponse(of, heard)) {
    return heard.status.isGood
      ? { then: now, do: [{ is: 'wait', ms: completeWithinMs }] }
      : completed(now, without(now));
  }
  switch (heard.is) {
    case 'silence':
      return first([done(without(now))], end(of, undefined));
    case 'arm':
      return end(of, heard.purchase);
    case 'disarm':
      return end(of, undefined);
    case 'notice':
      return noticeWhileWaiting(now, heard.notice);
    default:
      return undefined;
  }
};

const noticeWhileWaiting = (now: Deciding | Answering, notice: NoticeHeard): Turn | undefined => {
  switch (notice.is) {
    case 'card event':
      return notice.event === 'removed' ? { then: { ...now, isRemoved: true }, do: [] } : undefined;
    case 'prompt':
      return { then: now, do: [say(notice)] };
    case 'device':
      return notice.event === 'reset' ? completed(now, 'no_answer') : undefined;
    case 'complete':
      return completed(now, verdictOn(now, notice.outcome));
    case 'selection':
    case 'other':
      return undefined;
  }
};

// The host has not answered yet, and the device goes on by itself: what it decides is not the issuer's word.
const verdictOn = (now: Deciding | Answering, outcome: Outcome): ChipVerdict => {
  const verdict = verdicts[outcome];
  if (verdict === 'declined' && (now.is === 'deciding' || now.isRemoved)) return without(now);
  return verdict ?? without(now);
};

const verdicts: Readonly<Partial<Record<Outcome, ChipVerdict>>> = {
  approved: 'approved',
  'approved by the card': 'approved',
  declined: 'declined',
  'declined by the card': 'declined',
  'not accepted': 'declined',
};

const without = ({ isRemoved }: Deciding | Answering): ChipVerdict =>
  isRemoved ? 'card_removed' : 'no_answer';

const completed = ({ of }: Deciding | Answering, verdict: ChipVerdict): Turn =>
  first([done(verdict)], settle(of, undefined));

const done = (verdict: ChipVerdict): Effect => say({ is: 'completed', verdict });

const wipe = (read: CardRead | undefined): Effect[] =>
  read === undefined ? [] : [{ is: 'wipe', read }];

const first = (effects: readonly Effect[], { then, do: after }: Turn): Turn => ({
  then,
  do: [...effects, ...after],
});
