/** Outcomes: what a reader's answer means for whoever waits for a card, or for a chip's last word. */
import type { ChipData, CryptogramType } from '../../../contract/index.ts';
import { chipDataOf } from '../../emv/chip.ts';
import type { BadRead, CardRead, ChipVerdict, ReaderEvent, ReaderPrompt } from '../../reader.ts';
import { cardErrors, type Step } from './codes.ts';
import type { Told } from './told.ts';

/** What a chip decided, where its reader says so in a word of its own. */
const cryptograms: Readonly<Partial<Record<Step, CryptogramType>>> = {
  'asks host': 'ARQC',
  approved: 'TC',
  'approved offline': 'TC',
  declined: 'AAC',
  'declined offline': 'AAC',
};

/** What a chip says first; `approved` and `declined` are its last word, after its issuer's. */
const firstWords: readonly Step[] = ['asks host', 'approved offline', 'declined offline'];

/** The chip's part of an answer; what was told at the start of its transaction comes after. */
export const chipOf = (told: Told, started?: Told): ChipData | undefined => {
  const { step, entryMode } = told;
  const cryptogramType = step === undefined ? undefined : cryptograms[step];
  const objects = [...told.objects, ...(started?.objects ?? [])];
  return chipDataOf(objects, {
    entryMode,
    ...(cryptogramType === undefined ? {} : { cryptogramType }),
  });
};

/** The card an answer tells, with what was told of it before; `undefined` when there is none to use. */
export const readOf = (told: Told, started?: Told): CardRead | undefined => {
  const { swipe, step, entryMode } = told;
  if (swipe !== undefined) {
    if (swipe.is !== 'card') return undefined;
    const isFallback = told.isFallback || step === 'use stripe';
    return { ...swipe.read, ...(isFallback ? { isFallback } : {}) };
  }
  const isDecided = step === undefined || firstWords.includes(step);
  const card = told.card ?? started?.card;
  if (card === undefined || !isDecided) return undefined;
  const chip = chipOf(told, started);
  // A contact transaction without a cryptogram is none; without contact it may have been a stripe's.
  if (chip === undefined && entryMode === 'chip') return undefined;
  return {
    ...card,
    card: { ...card.card, entryMode },
    entryMode,
    ...(chip === undefined ? {} : { chip: { ...chip, awaitsAnswer: step === 'asks host' } }),
  };
};

/** What is said of a step that gave no card, and what it means after the issuer's answer. */
export const stepOf = ({
  step,
  swipe,
  errorCode,
}: Told): { readonly say: readonly SayEffect[]; readonly verdict: ChipVerdict } => {
  const verdict = step === undefined ? 'no_answer' : (verdicts[step] ?? 'no_answer');
  if (swipe?.is === 'bad read') return { say: said(swipe.why), verdict };
  if (errorCode !== undefined)
    return { say: said(cardErrors[errorCode] ?? 'chip_unreadable'), verdict };
  if (step === undefined) return { say: said('no_data'), verdict };
  const why = badReads[step];
  return {
    say: why === undefined ? [] : said(why, step === 'use stripe' ? 'use_stripe' : undefined),
    verdict,
  };
};

type SayEffect = { readonly is: 'say'; readonly event: ReaderEvent };

const said = (why: BadRead, prompt?: ReaderPrompt): SayEffect[] => [
  { is: 'say', event: { is: 'bad read', why } },
  ...(prompt === undefined ? [] : [{ is: 'say', event: { is: 'prompt', prompt } } as const]),
];

const verdicts: Readonly<Partial<Record<Step, ChipVerdict>>> = {
  approved: 'approved',
  'approved offline': 'approved',
  declined: 'declined',
  'declined offline': 'declined',
  'not accepted': 'declined',
  'card removed': 'card_removed',
};

// A reader that gave up waiting is only asked again; nobody did anything wrong.
const badReads: Readonly<Partial<Record<Step, BadRead>>> = {
  'use stripe': 'chip_unreadable',
  'not accepted': 'not_accepted',
  'several cards': 'several_cards',
  'card removed': 'card_removed',
  failed: 'chip_unreadable',
  started: 'chip_unreadable',
  'asks host': 'chip_unreadable',
  approved: 'chip_unreadable',
  'approved offline': 'chip_unreadable',
  declined: 'chip_unreadable',
  'declined offline': 'chip_unreadable',
};
