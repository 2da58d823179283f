/**
 * Data objects for people who look at what a chip or a reader sent: every tag by its name, its value only
 * where the tag table lets it into a log.
 */
import type { Decoded } from '../decoded.ts';
import { toHex } from '../frames/hex.ts';
import { explainStatus, explainVerification } from './explain.ts';
import { handlings } from './handling.ts';
import { handlingOf, tags } from './tags.ts';
import { readObjects, type DataObject } from './tlv.ts';

/** Bits that are worth words, by tag: what the terminal verified, and what it did. */
const meanings: Readonly<Record<string, (value: Uint8Array) => string[]>> = {
  '95': explainVerification,
  '9B': explainStatus,
};

/** A value as people may see it; `undefined` where they may not. */
export const shownValue = ({ tag, value }: DataObject): object | undefined => {
  if (!handlings[handlingOf(tag, value)].log) return undefined;
  const means = meanings[tag]?.(value);
  return { value: toHex(value), ...(means === undefined ? {} : { means }) };
};

const shownObject = (object: DataObject): object => {
  const { tag, value, children } = object;
  return {
    tag,
    ...(tags[tag] === undefined ? {} : { says: tags[tag].says }),
    ...(children === undefined
      ? (shownValue(object) ?? { byteCount: value.length })
      : { objects: children.map(shownObject) }),
  };
};

/** Bytes of a chip's status word, which ends an answer (ISO/IEC 7816-4: 90 00, 61 xx, 6x xx). */
const statusWordBytes = 2;

/** Decodes data objects, alone or as a chip's answer with its status word behind them. */
export const decodeObjects = (bytes: Uint8Array): Decoded => {
  if (bytes.length === 0) return { ok: false, why: 'The capture is empty: it has no data object.' };
  // The word for "done" could be read as an empty object of its own; it never is one.
  const [answer, status] = [bytes.subarray(0, -statusWordBytes), bytes.subarray(-statusWordBytes)];
  const isDone = toHex(status) === '9000';
  const whole = isDone ? undefined : readObjects(bytes);
  if (whole?.ok === true) return { ok: true, decoded: { objects: whole.objects.map(shownObject) } };
  const read = readObjects(answer);
  const isStatus = isDone || ((status[0] ?? 0) & 0xf0) === 0x60;
  if (!read.ok) return { ok: false, why: whole?.why ?? read.why };
  if (!isStatus && whole !== undefined) return { ok: false, why: whole.why };
  const objects = read.objects.map(shownObject);
  return { ok: true, decoded: { objects, statusWord: toHex(status) } };
};
