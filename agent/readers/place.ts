/** A place: where a reader hangs, as its setting names it, checked against what its protocol can do. */
import {
  hidPickOf,
  isProtocol,
  linesOf,
  protocols,
  type HidDefaults,
  type HidPick,
  type LineKind,
  type OpenReader,
  type ProtocolRow,
  type SerialDefaults,
  type TcpDefaults,
} from '../../drivers/index.ts';
import type { ReaderSetting } from '../../config/index.ts';

/** A place, and how its protocol uses the line that leads there. */
export type Place =
  | { readonly line: 'serial'; readonly pick: HidPick; readonly defaults: SerialDefaults }
  | { readonly line: 'hid'; readonly pick: HidPick; readonly defaults: HidDefaults }
  | {
      readonly line: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly defaults: TcpDefaults;
    };

export type Placed =
  | { readonly ok: true; readonly openReader: OpenReader; readonly place: Place }
  | { readonly ok: false; readonly why: string };

/** Where this reader hangs, or a sentence about what is wrong with its setting. */
export const placeOf = (setting: ReaderSetting): Placed => {
  const { id, protocol, baudRate } = setting;
  if (!isProtocol(protocol)) {
    const known = Object.keys(protocols).join(', ');
    const why = `readers: "${protocol}" of reader ${id} is no protocol; known are ${known}.`;
    return { ok: false, why };
  }
  const row: ProtocolRow = protocols[protocol];
  const lines = linesOf(row);
  const line = setting.line ?? lines[0];
  if (line === undefined || !lines.includes(line)) {
    const found = `readers: ${protocol} of reader ${id} runs over ${lines.join(' or ')}`;
    return { ok: false, why: `${found}, not over ${line ?? 'nothing'}; correct its line.` };
  }
  if (baudRate !== undefined && line !== 'serial') {
    const why = `readers: reader ${id} hangs on ${line}, where there is no baudRate; take it out.`;
    return { ok: false, why };
  }
  const place = placeOn(line, row, setting);
  return place === undefined
    ? { ok: false, why: misplaced(line, lines, setting) }
    : { ok: true, openReader: row.openReader, place };
};

const placeOn = (line: LineKind, { lines }: ProtocolRow, setting: ReaderSetting) => {
  switch (line) {
    case 'serial': {
      const pick = pickOf(setting, 'serial');
      return lines.serial && pick && ({ line, pick, defaults: lines.serial } as const);
    }
    case 'hid': {
      const pick = pickOf(setting, 'hid');
      return lines.hid && pick && ({ line, pick, defaults: lines.hid } as const);
    }
    case 'tcp': {
      const end = endpointOf(setting.path);
      return lines.tcp && end && ({ line, ...end, defaults: lines.tcp } as const);
    }
  }
};

/** What is meant by a path; a link is as good as a device. */
const pickOf = (
  { path, serialNumber }: Pick<ReaderSetting, 'path' | 'serialNumber'>,
  line: 'serial' | 'hid',
): HidPick | undefined => {
  if (path.startsWith('/')) return ofAnotherLine[line].test(path) ? undefined : { path };
  const pick = hidPickOf(path);
  if (pick === undefined || !('vendorId' in pick) || serialNumber === undefined) return pick;
  return { ...pick, serialNumber };
};

const ofAnotherLine = { serial: /^\/dev\/hidraw/, hid: /^\/dev\/(tty|serial\/)/ } as const;

const endpointOf = (path: string): { host: string; port: number } | undefined => {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):([0-9]{1,5})$/i.exec(path) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
};

/** How a path is written, by line. */
const written: Readonly<Record<LineKind, string>> = {
  serial: 'a device (/dev/serial/by-id/…), a USB port (usb:1-1.2) or USB numbers (usb:0801:2020)',
  hid: 'a device (/dev/hidraw0), a USB port (usb:1-1.2) or USB numbers (usb:0801:0011)',
  tcp: 'host:port',
};

const misplaced = (line: LineKind, lines: readonly LineKind[], setting: ReaderSetting): string => {
  const { id, path } = setting;
  const found = `readers: the path "${path}" of reader ${id} is no place on a ${line} line`;
  const other = lines.find((one) => one !== line && fitsOn(one, setting));
  const instead = other === undefined ? '' : `, or set its line to ${other}`;
  return `${found}; write ${written[line]}${instead}.`;
};

const fitsOn = (line: LineKind, setting: ReaderSetting): boolean =>
  line === 'tcp' ? endpointOf(setting.path) !== undefined : pickOf(setting, line) !== undefined;
