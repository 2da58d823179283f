/** Unknown commands: what people hear who ask for one that is not there, or not there yet. */
import { commands, groups } from './commands.ts';

/** The sentence for words that name no command; `undefined` when they name one, or none at all. */
export const unknownCommand = (words: readonly string[]): string | undefined => {
  const [first = '', second = ''] = words[0] === 'help' ? words.slice(1) : words;
  if (isNoName(first)) return undefined;
  const there = commands.filter(({ name }) => name.split(' ')[0] === first);
  if (there.length === 0) return sentenceFor('holdfast', first, 'holdfast help');
  if (!Object.hasOwn(groups, first) || isNoName(second) || second === 'help') return undefined;
  // What follows a group may also be an argument of its usual command.
  const isKnown = there.some(
    ({ name, usual, args = [] }) =>
      name === `${first} ${second}` || (usual === true && args.length > 0),
  );
  return isKnown ? undefined : sentenceFor(`holdfast ${first}`, second, `holdfast help ${first}`);
};

const isNoName = (word: string): boolean => word === '' || word.startsWith('-');

const sentenceFor = (whose: string, word: string, help: string): string =>
  `${whose} has no command "${word}"; \`${help}\` lists what there is.`;
