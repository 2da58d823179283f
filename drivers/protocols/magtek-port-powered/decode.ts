/** Decodes captured bytes with the parsers the driver runs on; card data is masked as everywhere. */
import { shownClear } from '../../cards/clear.ts';
import type { Decoded } from '../../decoded.ts';
import { textOf } from '../../frames/latin1.ts';
import { commandsIn } from './commands.ts';
import { portPoweredFramer } from './framer.ts';
import { readRecord, type PortPoweredRecord } from './record.ts';

/** Decodes a capture of one message, or of several: then each good one is listed. */
export const decodeMagtekPortPowered = (bytes: Uint8Array): Decoded => {
  const framer = portPoweredFramer();
  const tokens = [...framer.take(bytes), ...framer.stalled()];
  const rejected: { byteCount: number; why: string }[] = [];
  const good: object[] = [];
  for (const token of tokens) {
    if (token.is === 'discarded') {
      rejected.push({ byteCount: token.byteCount, why: 'The message is longer than any card.' });
      continue;
    }
    const text = textOf(token.bytes);
    const commands = commandsIn(text);
    const record = readRecord(text);
    if (commands !== undefined) good.push({ form: 'commands', commands });
    else if (record.ok) good.push(decodedRecord(record.value));
    else rejected.push({ byteCount: text.length, why: record.why });
  }
  const [first, ...more] = good;
  if (first === undefined) {
    return { ok: false, why: rejected[0]?.why ?? 'The capture is empty: it has no message.' };
  }
  const decoded = more.length === 0 ? first : { records: good };
  return { ok: true, decoded: { ...decoded, ...(rejected.length === 0 ? {} : { rejected }) } };
};

const decodedRecord = (record: PortPoweredRecord): object => {
  switch (record.is) {
    case 'signed on':
      return { form: 'sign-on', firmware: record.firmware };
    case 'sensor':
      return { form: 'sensor', cardPresent: record.cardPresent };
    case 'stripe':
      return { form: 'card', ...shownClear(record.tracks), cardPresent: record.cardPresent };
  }
};
