/**
 * HID packets: how a message goes through reports of 64 bytes that have no number (manual, tables 4 to 8).
 *
 *   00 <length>     <message>             whole, up to 62 bytes
 *   01 <length, 4>  <first 59 bytes>      head; the length is of the whole message
 *   02 <number, 2>  <next 61 bytes>       middle, numbered from 1
 *   03 <length>     <what is left>        tail
 *   04 <reason, 2>                        the message that has begun is given up
 */
import type { FrameToken } from '../../frames/framer.ts';
import { messageBytesMax } from './message.ts';

/** Bytes of every report, in both directions. */
export const packetBytes = 64;

const single = { type: 0x00, header: 2 } as const;
const head = { type: 0x01, header: 5 } as const;
const middle = { type: 0x02, header: 3 } as const;
const tail = { type: 0x03, header: 2 } as const;
const cancel = { type: 0x04 } as const;

/** The packets of a message. */
export const packetsOf = (message: Uint8Array): Uint8Array[] => {
  const room = packetBytes - single.header;
  if (message.length <= room) return [packet([single.type, message.length], message)];
  const size = message.length;
  const lengths = [size >>> 24, (size >>> 16) & 0xff, (size >>> 8) & 0xff, size & 0xff];
  let at = packetBytes - head.header;
  const packets = [packet([head.type, ...lengths], message.subarray(0, at))];
  for (let number = 1; size - at > packetBytes - tail.header; number += 1) {
    const next = at + packetBytes - middle.header;
    packets.push(packet([middle.type, number >> 8, number & 0xff], message.subarray(at, next)));
    at = next;
  }
  packets.push(packet([tail.type, size - at], message.subarray(at)));
  return packets;
};

const packet = (header: readonly number[], part: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(packetBytes);
  bytes.set(header);
  bytes.set(part, header.length);
  return bytes;
};

/** Puts messages together again. The bytes of its messages belong to the caller, who may wipe them. */
export interface Assembly {
  /** The message a packet ends, and what had to be given up for it. */
  take(packet: Uint8Array): readonly FrameToken[];
}

/** An assembly for one device. Numbers and lengths have to be right, or the whole message is none. */
export const assembly = (): Assembly => new Packets();

class Packets implements Assembly {
  #held: Uint8Array | undefined;
  #heldCount = 0;
  #middles = 0;

  take(bytes: Uint8Array): readonly FrameToken[] {
    if (bytes.length < packetBytes) return this.#giveUp(bytes);
    switch (bytes[0]) {
      case single.type:
        return this.#whole(bytes);
      case head.type:
        return this.#begin(bytes);
      case middle.type:
        return this.#goOn(bytes);
      case tail.type:
        return this.#finish(bytes);
      case cancel.type:
        return this.#giveUp();
      default:
        return this.#giveUp(bytes);
    }
  }

  #whole(bytes: Uint8Array): readonly FrameToken[] {
    const length = bytes[1] ?? 0;
    const message = bytes.slice(single.header, single.header + length);
    if (length === 0 || message.length !== length) return this.#giveUp(bytes);
    return [...this.#giveUp(), { is: 'frame', bytes: message }];
  }

  #begin(bytes: Uint8Array): readonly FrameToken[] {
    const lost = this.#giveUp();
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
    const part = bytes.subarray(head.header);
    if (size <= part.length || size > messageBytesMax) return [...lost, ...this.#giveUp(bytes)];
    this.#held = new Uint8Array(size);
    this.#hold(part);
    return lost;
  }

  #goOn(bytes: Uint8Array): readonly FrameToken[] {
    const number = ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
    const part = bytes.subarray(middle.header);
    // After a middle there has to be something left for the tail.
    if (number !== this.#middles + 1 || this.#left() <= part.length) return this.#giveUp(bytes);
    this.#hold(part);
    this.#middles = number;
    return [];
  }

  #finish(bytes: Uint8Array): readonly FrameToken[] {
    const length = bytes[1] ?? 0;
    const part = bytes.subarray(tail.header, tail.header + length);
    const isLast = length > 0 && part.length === length && this.#left() === length;
    if (this.#held === undefined || !isLast) return this.#giveUp(bytes);
    this.#hold(part);
    const whole = this.#held.slice();
    this.#giveUp();
    return [{ is: 'frame', bytes: whole }];
  }

  #left(): number {
    return (this.#held?.length ?? 0) - this.#heldCount;
  }

  #hold(part: Uint8Array): void {
    this.#held?.set(part, this.#heldCount);
    this.#heldCount += part.length;
  }

  // What was held may have been a card; a packet that fits nowhere is discarded with it.
  #giveUp(packet?: Uint8Array): FrameToken[] {
    const byteCount = this.#heldCount + (packet?.length ?? 0);
    this.#held?.fill(0);
    this.#held = undefined;
    this.#heldCount = 0;
    this.#middles = 0;
    return byteCount === 0 ? [] : [{ is: 'discarded', byteCount }];
  }
}
