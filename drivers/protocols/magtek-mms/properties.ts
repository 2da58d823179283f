/**
 * Properties: what a device knows of itself, each at the end of a path through containers (command D101).
 *
 * The requests are those of MagTek's WebHID_Public (API_device_mmsSerial.js); the answer repeats the request,
 * with the value where the request has none.
 */
import type { ReaderIdentity } from '../../reader.ts';
import { leavesOf, readObjects } from '../../emv/tlv.ts';
import { fromHex, toHex } from '../../frames/hex.ts';
import { textOf } from '../../frames/latin1.ts';
import { withoutId } from './message.ts';

interface PropertyRow {
  readonly says: string;
  /** What follows the id in a request. */
  readonly request: Uint8Array;
  readonly tells: (value: Uint8Array) => ReaderIdentity | undefined;
}

const request = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** Every property this driver asks for. */
export const properties = {
  serialNumber: {
    says: 'Device serial number (2.2.1.1.1.1)',
    request: request('81072B06010401F609850102890AE208E106E104E102C100'),
    // Seven hex digits, and zeros behind them.
    tells: (value) => (value.length < 4 ? undefined : { serialNumber: toHex(value).slice(0, 7) }),
  },
  firmware: {
    says: 'Firmware of the main application (2.2.2.2.2.2)',
    request: request('81072B06010401F609850102890AE208E206E204E202C200'),
    tells: (value) => {
      const text = textOf(value).replace(/\0+$/, '').trim();
      return /^[\x20-\x7E]{1,64}$/.test(text) ? { firmware: text } : undefined;
    },
  },
} as const satisfies Record<string, PropertyRow>;

export type PropertyName = keyof typeof properties;

/** What a device is asked once it is opened, and again when it is tested, in this order. */
export const startUp = Object.keys(properties) as readonly PropertyName[];

/** What an answer tells, or `undefined` when it is no answer to this question. */
export const readProperty = (
  property: PropertyName,
  payload: Uint8Array | undefined,
): ReaderIdentity | undefined => {
  const read = readObjects(withoutId(payload ?? new Uint8Array(), 0xd101));
  const path = read.ok ? read.objects.find(({ tag }) => tag === '89')?.value : undefined;
  const within = readObjects(path ?? new Uint8Array());
  const [leaf] = within.ok ? leavesOf(within.objects) : [];
  return leaf === undefined ? undefined : properties[property].tells(leaf.value);
};
