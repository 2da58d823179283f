/**
 * A shell: what a protocol puts around the content of a frame, with the right lengths and checks.
 *
 * Rubbish in a right shell comes past the framer, to where meaning is looked for.
 */
import { crc16CcittFalse, lrcOf, slipFramer, sumOf, textOf } from '../../drivers/index.ts';
import type { ProtocolName } from '../../drivers/index.ts';
import { hidWire, serialWire } from '../../simulator/readers/magtek-mms-wire.ts';
import { cut, frame, headerBytes } from '../../simulator/readers/vivotech2-frame.ts';
import type { Piece } from '../rigs/played-readers.ts';

export interface Shell {
  /** The contents of good frames in a stream. */
  readonly contents: (stream: Uint8Array) => readonly Uint8Array[];
  readonly stream: (content: Uint8Array) => Uint8Array;
  /** As reports, where the protocol runs over HID. */
  readonly reports?: (content: Uint8Array) => readonly Piece[];
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const linesIn = (stream: Uint8Array): string[] =>
  textOf(stream)
    .split('\r')
    .filter((line) => line !== '');

// `02 LenL LenH data LRC Sum 03`; an answer is `06 02 … 03 LRC` and has a shell of its own.
const idtechFrame = (content: Uint8Array): Uint8Array => {
  if (content[0] === 0x06) {
    const body = Uint8Array.of(0x02, ...content.subarray(1), 0x03);
    return Uint8Array.of(0x06, ...body, lrcOf(body));
  }
  const { length } = content;
  return Uint8Array.of(
    ...[0x02, length & 0xff, length >> 8],
    ...content,
    ...[lrcOf(content), sumOf(content), 0x03],
  );
};

const neoFrame = (content: Uint8Array): Uint8Array => {
  const [command = 0, status = 0] = content;
  return frame(command, status, content.subarray(2));
};

const mmsReportBytesMax = 60_000;

/** The shells there are. A record of MagTek's on a serial line has its CRC before the last separator. */
export const shells: Readonly<Partial<Record<ProtocolName, Shell>>> = {
  'magtek-serial-line': {
    contents: (stream) =>
      linesIn(stream).flatMap((line) => {
        const [, covered] = /^(.*\|)[0-9A-F]{4}\|[0-9]{4}$/s.exec(line) ?? [];
        return covered === undefined ? [] : [latin1(covered)];
      }),
    stream: (content) => {
      const crc = crc16CcittFalse(content);
      const hex = Buffer.of(crc & 0xff, crc >> 8)
        .toString('hex')
        .toUpperCase();
      return Uint8Array.of(...content, ...latin1(`${hex}|0000\r`));
    },
  },
  'magtek-port-powered': {
    contents: (stream) => linesIn(stream).map(latin1),
    stream: (content) => Uint8Array.of(...content, 0x0d),
  },
  'magtek-intellistripe-ascii': {
    contents: (stream) => linesIn(stream).map((line) => new Uint8Array(Buffer.from(line, 'hex'))),
    stream: (content) => latin1(`${Buffer.from(content).toString('hex').toUpperCase()}\r`),
  },
  'idtech-msr': {
    contents: (stream) => [
      stream[0] === 0x06 ? Uint8Array.of(0x06, ...stream.slice(2, -2)) : stream.slice(3, -3),
    ],
    stream: idtechFrame,
    reports: (content) => [{ bytes: idtechFrame(content) }],
  },
  'magtek-mms': {
    contents: (stream) =>
      slipFramer({ frameBytesMax: 70_000, isFrame: ({ length }) => length > 5 })
        .take(stream)
        .flatMap((token) => (token.is === 'frame' ? [token.bytes.slice(5)] : [])),
    stream: (content) =>
      Uint8Array.from(
        serialWire()
          .pieces(content)
          .flatMap((one) => [...one]),
      ),
    reports: (content) =>
      hidWire()
        .pieces(content.subarray(0, mmsReportBytesMax))
        .map((bytes) => ({ bytes })),
  },
  vivotech2: {
    contents: (stream) => {
      const content = stream.slice(headerBytes, -2);
      return content.length < 4 ? [] : [Uint8Array.of(...content.slice(0, 2), ...content.slice(4))];
    },
    stream: neoFrame,
    reports: (content) => cut(neoFrame(content)).map(({ bytes, id }) => ({ bytes, reportId: id })),
  },
};
