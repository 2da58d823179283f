/** Decodes captured bytes with the parsers the driver runs on; card data is masked as everywhere. */
import { shownClear } from '../../cards/clear.ts';
import type { Decoded } from '../../decoded.ts';
import { boundedLines } from '../../frames/bounded-lines.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf, textOf } from '../../frames/latin1.ts';
import { commands, isStripe, type CommandName } from './commands.ts';
import { messageDigitsMax, messageIn, resultCodes, type Message } from './message.ts';
import { readStripeData } from './stripe.ts';

/** Decodes a capture of one message, or of several: then each good one is listed. */
export const decodeMagtekIntellistripe = (bytes: Uint8Array): Decoded => {
  const lines = boundedLines({ delimiter: bytesOf('\r'), lineBytesMax: messageDigitsMax });
  const tokens = lines.take(bytes);
  const rest = lines.rest();
  const good: object[] = [];
  const rejected: { byteCount: number; why: string }[] = [];
  for (const token of [...tokens, ...(rest === undefined ? [] : [rest])]) {
    const message = token.is === 'frame' ? messageIn(textOf(token.bytes)) : undefined;
    const byteCount = token.is === 'frame' ? token.bytes.length : token.byteCount;
    if (message !== undefined) good.push(decodedMessage(message));
    else if (byteCount > 0)
      rejected.push({ byteCount, why: 'The line is no message in hex digits.' });
  }
  const [first, ...more] = good;
  if (first === undefined) {
    return { ok: false, why: rejected[0]?.why ?? 'The capture is empty: it has no line.' };
  }
  const decoded = more.length === 0 ? first : { records: good };
  return { ok: true, decoded: { ...decoded, ...(rejected.length === 0 ? {} : { rejected }) } };
};

const decodedMessage = (message: Message): object => {
  const { type, application, command, result, data } = message;
  const name = nameOf(message);
  const says = name === undefined ? {} : { name, says: commands[name].says };
  const means = type === 'request' ? {} : { means: resultCodes[result] ?? 'a result of its own' };
  return {
    messageType: type,
    application: toHex(Uint8Array.of(application)),
    command: toHex(Uint8Array.of(command)),
    ...says,
    resultCode: toHex(Uint8Array.of(result)),
    ...means,
    ...dataOf(message, data),
  };
};

// What only names bytes of a reader is shown; what may hold a card is taken apart or counted.
const dataOf = (message: Message, data: Uint8Array): object => {
  if (data.length === 0) return {};
  if (message.encrypted) return { encryptedByteCount: data.length };
  if (isStripe(message)) {
    const stripe = readStripeData(data);
    if (stripe === undefined) return { rejectedByteCount: data.length };
    return { encodeType: stripe.encodeType, ...shownClear(stripe.tracks) };
  }
  const [propertyType = 0, propertyId = 0] = data;
  const isProperty = message.command <= 0x02 && data.length >= 2;
  if (!isProperty) return { byteCount: data.length };
  const property = {
    propertyType: toHex(Uint8Array.of(propertyType)),
    propertyId: toHex(Uint8Array.of(propertyId)),
  };
  const value = data.subarray(2);
  if (propertyType === 0x01 && value.length >= 4) {
    return { ...property, valueLE: new DataView(Uint8Array.from(value).buffer).getUint32(0, true) };
  }
  const text = textOf(value).replace(/\0+$/, '');
  const isText = propertyType === 0x02 && /^[\x20-\x7E]+$/.test(text);
  return isText ? { ...property, value: text } : { ...property, byteCount: value.length };
};

const nameOf = ({ application, command, data }: Message): CommandName | undefined =>
  (Object.keys(commands) as CommandName[]).find((name) => {
    const row = commands[name];
    if (row.application !== application || row.command !== command) return false;
    return row.data.every((byte, at) => data[at] === byte);
  });
