/** What the command line wants played; pure. */
import { isProtocol, type ProtocolName } from '../../drivers/index.ts';
import { habits, isHabit, type HabitName } from './habits.ts';
import { keysHelp } from './keys.ts';
import { hidShelf, shelf } from './shelf.ts';

/** A reader on a line, and the bad habit it begins with. */
export interface Wanted {
  readonly protocol: ProtocolName;
  /** Where the agent finds it, on a serial line; a HID device has no link. */
  readonly link?: string;
  readonly habit?: HabitName;
}

/** What was written. */
export interface Written {
  readonly protocol: string | undefined;
  readonly link: string | undefined;
  readonly hid: boolean;
  readonly habit: string | undefined;
}

/** Where the agent finds a reader whose link nobody named. */
export const usualLink = 'reader';

/** What is wanted, or a sentence about what was written instead. */
export const wantedOf = ({ protocol, link, hid, habit }: Written): Wanted | string => {
  const known = [...new Set([...Object.keys(shelf), ...Object.keys(hidShelf)])].join(', ');
  if (protocol === undefined) return `Name a protocol: ${known}.`;
  if (!isProtocol(protocol)) return `There is no protocol "${protocol}"; known are ${known}.`;
  if (habit !== undefined && !isHabit(habit)) {
    return `There is no habit "${habit}"; known are ${Object.keys(habits).join(', ')}.`;
  }
  const faulty = habit === undefined ? {} : { habit };
  const isHid = hid || shelf[protocol] === undefined;
  if (!isHid) return { protocol, link: link ?? usualLink, ...faulty };
  if (hidShelf[protocol] === undefined) {
    return `${protocol} runs over no HID device; leave --hid out.`;
  }
  return link === undefined
    ? { protocol, ...faulty }
    : `A HID device has no link; leave --link out, and name it by the path that is told.`;
};

/** How it is called. */
export const help =
  (): string => `A simulated card reader, at the end of a cable or as a HID device.

  npm run reader -- PROTOCOL [--link PATH | --hid] [--habit NAME]

  PROTOCOL      on a serial line: ${Object.keys(shelf).join(', ')};
                as a HID device: ${Object.keys(hidShelf).join(', ')}
  --link PATH   where the agent finds it on a serial line, as its \`path\`; ./${usualLink} unless given
  --hid         as a HID device, where both are possible; it takes Linux with /dev/uhid, and root
  --habit NAME  with a fault, which the key f switches off and on:
${Object.entries(habits)
  .map(([name, { says }]) => `                  ${name.padEnd(16)}  ${says}`)
  .join('\n')}

${keysHelp()}
`;
