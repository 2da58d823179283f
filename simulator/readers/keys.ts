/** Keys: what a person at the keyboard makes a simulated reader do; pure. */
import { testCards, type TestCardName } from './cards.ts';

/** What a key means. */
export type KeyDeed =
  | { readonly is: 'choose'; readonly card: TestCardName }
  | {
      readonly is:
        'swipe' | 'insert' | 'remove' | 'tap' | 'unplug' | 'plug' | 'fault' | 'help' | 'quit';
    };

const deeds: Readonly<Record<string, Exclude<KeyDeed['is'], 'choose'>>> = {
  s: 'swipe',
  i: 'insert',
  r: 'remove',
  t: 'tap',
  u: 'unplug',
  p: 'plug',
  f: 'fault',
  '?': 'help',
  h: 'help',
  q: 'quit',
  // Ctrl-C and Ctrl-D, which a raw terminal hands over as characters.
  '\x03': 'quit',
  '\x04': 'quit',
};

const names = Object.keys(testCards) as TestCardName[];

/** What a key means, or `undefined`. */
export const deedOf = (key: string): KeyDeed | undefined => {
  const card = names[Number(key) - 1];
  if (/^[1-9]$/.test(key) && card !== undefined) return { is: 'choose', card };
  const is = Object.hasOwn(deeds, key) ? deeds[key] : undefined;
  return is === undefined ? undefined : { is };
};

/** The keys and the cards, for people. */
export const keysHelp = (): string => {
  const cards = names.map((name, at) => `  ${at + 1}  ${name}: ${testCards[name].says}`);
  return [
    'Keys: s swipe, i insert, r remove, t tap, u pull the cable, p plug it in,',
    'f switch the fault of --habit off or on, ? this, q quit.',
    'Cards, none of which was ever issued:',
    ...cards,
  ].join('\n');
};
