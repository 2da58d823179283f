/**
 * Decodes captured bytes with the parsers the driver runs on, for people who look at a cable.
 *
 * Card data is masked as everywhere; ciphertext is shown, being of no use without the key.
 */
import { maskedTrack } from '../../cards/masking.ts';
import { shownSwipe } from '../../cards/swipe.ts';
import { boundedLines } from '../../frames/bounded-lines.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf, textOf } from '../../frames/latin1.ts';
import type { Decoded } from '../../decoded.ts';
import { decodeCommand, decodeExchange } from '../../magnesafe/decode-command.ts';
import { commandBytes } from './command-line.ts';
import { readRecord, withoutLineFeed, type CardRecord } from './record.ts';
import { readSettings, type MagtekSettings } from './settings.ts';
import { judge, securityLevelOf, shownOf } from '../../magnesafe/swipe.ts';

/** Bytes of the longest line that is looked at. */
const lineBytesMax = 2_048;

/** Decodes a capture of one line, or of several: then each good one is listed. */
export const decodeMagtekSerialLine = (
  bytes: Uint8Array,
  given: Readonly<Record<string, unknown>> = {},
): Decoded => {
  const read = readSettings(given);
  if (!read.ok) return read;
  const { lines, isWhole } = linesIn(bytes);
  const found = decodeLines(lines, read.settings);
  const [first, ...more] = found.good;
  if (first === undefined) {
    return { ok: false, why: found.rejected[0]?.why ?? 'The capture is empty: it has no line.' };
  }
  const remarks = {
    ...(found.rejected.length === 0 ? {} : { rejected: found.rejected }),
    ...(isWhole ? {} : { note: 'The capture ends before the CR of its last line.' }),
  };
  const decoded = more.length === 0 ? first : { records: found.good };
  return { ok: true, decoded: { ...decoded, ...remarks } };
};

/** A line's text, or the byte count of one too long. */
type Line = string | number;

const linesIn = (bytes: Uint8Array): { lines: Line[]; isWhole: boolean } => {
  const splitter = boundedLines({ delimiter: bytesOf('\r'), lineBytesMax });
  const tokens = splitter.take(bytes);
  const rest = splitter.rest();
  const lines = [...tokens, ...(rest === undefined ? [] : [rest])]
    .map((token) => (token.is === 'frame' ? withoutLineFeed(textOf(token.bytes)) : token.byteCount))
    .filter((line) => line !== '');
  const isCut = rest !== undefined && !(rest.is === 'frame' && textOf(rest.bytes) === '\n');
  return { lines, isWhole: !isCut };
};

interface Found {
  readonly good: object[];
  readonly rejected: { byteCount: number; why: string }[];
}

const decodeLines = (lines: readonly Line[], settings: MagtekSettings): Found => {
  const found: Found = { good: [], rejected: [] };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const following = lines[at + 1];
    if (typeof line === 'number') {
      const why = `A line of ${line} bytes is longer than any record; ${lineBytesMax} are the most.`;
      found.rejected.push({ byteCount: line, why });
      continue;
    }
    // A request right before its answer tells what the answer means.
    const both =
      typeof following === 'string'
        ? decodeExchange(commandBytes(line), commandBytes(following))
        : undefined;
    if (both !== undefined) at += 1;
    const command = both ?? decodeCommand(commandBytes(line));
    const record = command === undefined ? readRecord(line, settings) : undefined;
    if (command !== undefined) found.good.push(command);
    else if (record?.ok === true) found.good.push(decodedRecord(record.value, settings));
    else found.rejected.push({ byteCount: line.length, why: record?.why ?? 'unreadable' });
  }
  return found;
};

const decodedRecord = (record: CardRecord, settings: MagtekSettings): object => {
  const shown = shownOf(record, settings);
  const { maskCharacter } = settings;
  const [track1, track2, track3] = record.tracks;
  const tracks = {
    track1: maskedTrack(track1, { number: 1, shown, maskCharacter }),
    track2: maskedTrack(track2, { number: 2, shown, maskCharacter }),
    track3: maskedTrack(track3, { number: 3, shown, maskCharacter }),
  };
  const common = { ...tracks, ...verdictOn(record, settings) };
  if (record.form === 'sureswipe') return { form: 'SureSwipe', ...common };
  const { clearCrc, encryptedCrc, tracks: sent, ...fields } = record.fields;
  const [encryptedTrack1, encryptedTrack2, encryptedTrack3] = sent;
  const ciphertext = record.encrypted ? { encryptedTrack1, encryptedTrack2, encryptedTrack3 } : {};
  const { magnePrint, ...plain } = fields;
  return {
    form: 'MagneSafe V5',
    fields: { ...plain, ...ciphertext, encryptedMagnePrint: magnePrint, encryptedCrc },
    crcAscii: clearCrc,
    ...(record.crc === undefined ? {} : { crcValue: printedCrc(record.crc) }),
    status: [...record.status],
    ...common,
  };
};

const printedCrc = (crc: number): string =>
  `0x${toHex(Uint8Array.of(crc >> 8, crc & 0xff)).toLowerCase()}`;

const verdictOn = (record: CardRecord, settings: MagtekSettings): object => ({
  securityLevel: securityLevelOf(record),
  ...shownSwipe(judge(record, settings)),
});
