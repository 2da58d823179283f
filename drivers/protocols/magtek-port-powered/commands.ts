/**
 * Commands: ESC and one character, tables 3-1 and 3-2 of the manuals. None of them is acknowledged; the
 * inquiry is answered by what a card in the reader has to say, or by its sensor alone.
 */
import { bytesOf } from '../../frames/latin1.ts';

const escape = '\x1B';

/** Every command by what it does; `…Off` is how the reader is after its power came back. */
export const commands = {
  inquiry: `${escape}I`,
  inquiryAlt: `${escape}+`,
  release: `${escape}R`,
  releaseAlt: `${escape}-`,
  stxOn: `${escape}S`,
  stxOff: `${escape}s`,
  etxOn: `${escape}E`,
  etxOff: `${escape}e`,
  crOn: `${escape}C`,
  crOff: `${escape}c`,
  escOn: `${escape}P`,
  escOff: `${escape}p`,
  bufferedOn: `${escape}B`,
  bufferedOff: `${escape}b`,
} as const satisfies Record<string, string>;

export type CommandName = keyof typeof commands;

/**
 * How the driver sets a reader: every message ends in CR, and a card is sent when it is taken out. The rest
 * is cleared too, for a reader that kept its power when the port was opened.
 */
export const options: readonly CommandName[] = [
  'crOn',
  'etxOff',
  'stxOff',
  'escOff',
  'bufferedOff',
];

/** The bytes of some commands. */
export const bytesOfCommands = (names: readonly CommandName[]): Uint8Array =>
  bytesOf(names.map((name) => commands[name]).join(''));

/** The commands some text is made of, or `undefined` when it is not of commands alone. */
export const commandsIn = (text: string): readonly CommandName[] | undefined => {
  const sent = text.match(/\x1B[^\x1B]/g) ?? [];
  const names = sent.flatMap((pair) => namesBy[pair] ?? []);
  return names.length > 0 && names.length * 2 === text.length ? names : undefined;
};

const namesBy: Readonly<Record<string, CommandName>> = Object.fromEntries(
  (Object.keys(commands) as CommandName[]).map((name) => [commands[name], name]),
);
