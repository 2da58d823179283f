/**
 * Captures: decodes captured bytes by the name people have for them. Beside the protocols there are names
 * for what one of them looks like on one of its lines, or for one of its parts.
 */
import { isProtocol, linesOf, protocols, type ProtocolName } from './catalogue.ts';
import type { Decoded } from './decoded.ts';
import { decodeObjects } from './emv/decode.ts';
import type { LineKind } from './lines/line.ts';
import type { ProtocolRow } from './protocol-row.ts';

/** Names of captures that are no names of protocols: which protocol reads them, and off which line. */
const parts: Readonly<Record<string, { readonly protocol: string; readonly line?: LineKind }>> = {
  'magtek-hid-feature': { protocol: 'magtek-hid' },
  'magtek-hid-sureswipe': { protocol: 'magtek-hid' },
  'magtek-v5-extended': { protocol: 'magtek-hid' },
  'magtek-mms-hid': { protocol: 'magtek-mms', line: 'hid' },
  'magtek-mms-slip': { protocol: 'magtek-mms', line: 'serial' },
  'idtech-command': { protocol: 'idtech-msr', line: 'serial' },
  'idtech-msr-kb': { protocol: 'idtech-msr' },
  'vivotech2-hid': { protocol: 'vivotech2', line: 'hid' },
};

/** Data objects of a chip, whoever sent them. */
const objects = 'emv-tlv';

/** A protocol and, where the name says so, the line its bytes were captured on. */
interface Capture {
  readonly protocol: ProtocolName;
  readonly line?: LineKind;
}

const captureOf = (name: string): Capture | undefined => {
  if (isProtocol(name)) return { protocol: name };
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  return part !== undefined && isProtocol(part.protocol)
    ? { ...part, protocol: part.protocol }
    : undefined;
};

/** Every name a capture may be decoded by. */
export const captureNames: readonly string[] = [
  ...Object.keys(protocols),
  ...Object.keys(parts).filter((name) => captureOf(name) !== undefined),
  objects,
];

/** Whether captures may be decoded by this name. */
export const isCaptureName = (name: string): boolean =>
  name === objects || captureOf(name) !== undefined;

/** Bytes of the longest capture that is decoded at once. */
export const captureBytesMax = 65_536;

/** Decodes captured bytes; says in a sentence why it cannot. */
export const decodeCapture = (
  name: string,
  bytes: Uint8Array,
  { line: asked }: { readonly line?: LineKind } = {},
): Decoded => {
  if (bytes.length > captureBytesMax) {
    const why = `The capture has ${bytes.length} bytes; cut it to ${captureBytesMax} at most.`;
    return { ok: false, why };
  }
  if (name === objects) return decodeObjects(bytes);
  const capture = captureOf(name);
  if (capture === undefined) {
    const known = captureNames.join(', ');
    return { ok: false, why: `There is no protocol "${name}"; known are ${known}.` };
  }
  const row: ProtocolRow = protocols[capture.protocol];
  const lines = linesOf(row);
  const line = asked ?? capture.line ?? lines[0] ?? 'serial';
  if (!lines.includes(line)) {
    return { ok: false, why: `${name} runs over ${lines.join(' or ')}, not over ${line}.` };
  }
  return row.decode(bytes, line);
};
