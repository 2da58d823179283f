/**
 * Deeds: the commands that change something in a MagneSafe V5 reader. One row a command.
 *
 * Above security level 2 the reader obeys some of them only with a message authentication code (manual
 * 99875475-10 pp. 1, 2 and 22). This program holds no key that could make one: whoever does gives it, and it
 * is put behind the message it was made for. Nothing here is sent of the driver's own accord.
 */
import { toHex } from '../frames/hex.ts';
import { textOf } from '../frames/latin1.ts';

/** Bytes of a message authentication code. */
export const macBytes = 4;

interface DeedRow {
  readonly command: number;
  readonly says: string;
  /** Whether it needs a MAC above security level 2. */
  readonly isPrivileged: boolean;
  /** Bytes of its data, where only these many are taken. */
  readonly dataBytes?: readonly number[];
  /** Its data, its MAC taken off, in the words of the trade. */
  readonly shows: (data: Uint8Array) => object;
}

const nothing = () => ({});
const property = ([id = 0, ...value]: Uint8Array) => ({
  property: hexByte(id),
  ...(value.length === 0 ? {} : { value: toHex(Uint8Array.from(value)) }),
});
const hexByte = (byte: number): string => toHex(Uint8Array.of(byte));

/** Every one this driver knows. */
export const deeds = {
  setProperty: {
    command: 0x01,
    says: 'Set property (p. 24)',
    isPrivileged: true,
    shows: property,
  },
  reset: {
    command: 0x02,
    says: 'Reset device; it leaves the bus and comes back (p. 59)',
    // Only within a sequence of authentication, and then it stays refused until that has ended.
    isPrivileged: true,
    shows: nothing,
  },
  setSessionId: {
    command: 0x0a,
    says: 'Set session id (p. 64)',
    isPrivileged: false,
    dataBytes: [8],
    shows: (data) => ({ sessionId: textOf(data) }),
  },
  activateAuthentication: {
    command: 0x10,
    says: 'Activate authenticated mode (p. 65)',
    isPrivileged: false,
    dataBytes: [0, 2],
    shows: ([high = 0, low = 0]) => ({ withinSeconds: high * 256 + low }),
  },
  replyToChallenge: {
    command: 0x11,
    says: 'Activation challenge reply (p. 66)',
    isPrivileged: false,
    dataBytes: [8, 16],
    shows: (data) => ({ cryptogram: toHex(data) }),
  },
  deactivateAuthentication: {
    command: 0x12,
    says: 'Deactivate authenticated mode (p. 67)',
    isPrivileged: false,
    dataBytes: [8],
    shows: (data) => ({ cryptogram: toHex(data) }),
  },
  setSecurityLevel: {
    command: 0x15,
    says: 'Set security level (p. 70)',
    isPrivileged: true,
    shows: ([level = 0]) => ({ securityLevel: level }),
  },
} as const satisfies Record<string, DeedRow>;

export type DeedName = keyof typeof deeds;

/** A deed to ask for. The reader takes 58 bytes of data, its MAC included (p. 21). */
export interface Deed {
  readonly name: DeedName;
  readonly data: Uint8Array;
}

/** The message a MAC is made over: the request without it, its length already counting it (p. 102). */
export const messageToMac = ({ name, data }: Deed): Uint8Array =>
  Uint8Array.of(deeds[name].command, data.length + macBytes, ...data);

/** The request of a deed, with the MAC that whoever holds the key made over its message. */
export const macedRequest = (deed: Deed, mac: Uint8Array): Uint8Array => {
  if (mac.length !== macBytes) throw new RangeError(`A MAC has ${macBytes} bytes.`);
  return Uint8Array.of(...messageToMac(deed), ...mac);
};

/** The request of a deed that needs no MAC. */
export const plainRequest = ({ name, data }: Deed): Uint8Array =>
  Uint8Array.of(deeds[name].command, data.length, ...data);

/** What a request asks to be done, or `undefined` when it is none of these. */
export const decodeDeed = (bytes: Uint8Array): object | undefined => {
  const [command, byteCount, ...data] = bytes;
  const entry = (Object.entries(deeds) as [DeedName, DeedRow][]).find(
    ([, row]) => row.command === command,
  );
  if (entry === undefined || byteCount !== data.length) return undefined;
  const [name, { says, isPrivileged, dataBytes, shows }] = entry;
  if (dataBytes !== undefined && !dataBytes.includes(data.length)) return undefined;
  // Whether there is a MAC only the reader's level tells; a property and a level have one byte at least.
  const hasMac = isPrivileged && data.length > (name === 'reset' ? 3 : macBytes);
  const end = hasMac ? data.length - macBytes : data.length;
  const mac = Uint8Array.from(data.slice(end));
  return {
    command: name,
    says,
    ...shows(Uint8Array.from(data.slice(0, end))),
    ...(hasMac
      ? { mac: toHex(mac), note: 'At security level 2 the last four bytes are data.' }
      : {}),
  };
};
