/**
 * MQTT packets on the wire, for who stands between two parties: each comes with the very bytes it arrived
 * in, so that passing it on changes nothing. The door to mqtt-packet.
 */
import { generate, parser, type ISubackPacket, type Packet } from 'mqtt-packet';

export type { Packet };

/** A packet and its bytes. */
export interface Frame {
  readonly packet: Packet;
  readonly bytes: Buffer;
}

/** What both directions of one connection share: the version, which CONNECT tells to the other one too. */
export interface Conversation {
  protocolVersion?: number;
}

/** Makes the reader of one direction: bytes in, whole frames out. It throws on what is not MQTT. */
export const frameReader = (
  conversation: Conversation,
  take: (frame: Frame) => void,
): ((bytes: Buffer) => void) => {
  const reading = parser(conversation);
  let unread: Buffer = Buffer.alloc(0);
  let fault: Error | undefined;
  reading.on('error', (error: Error) => {
    fault = error;
  });
  reading.on('packet', (packet) => {
    const size = frameBytes(packet.length ?? 0);
    const bytes = unread.subarray(0, size);
    unread = unread.subarray(size);
    if (packet.cmd === 'connect') conversation.protocolVersion = packet.protocolVersion ?? 4;
    take({ packet, bytes });
  });
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    reading.parse(bytes);
    if (fault !== undefined) throw fault;
  };
};

// One byte of kind and flags, the remaining length in groups of seven bits, the rest (MQTT 5 §2.1).
const frameBytes = (remaining: number): number => {
  let lengthBytes = 1;
  for (let left = remaining >> 7; left > 0; left >>= 7) lengthBytes += 1;
  return 1 + lengthBytes + remaining;
};

/** The acknowledgement of a QoS 1 PUBLISH; without a reason code it reads the same in both versions. */
export const acknowledgementOf = (messageId: number): Buffer =>
  generate({ cmd: 'puback', messageId }, { protocolVersion: 4 });

/** The same PUBLISH once more, marked as a duplicate (MQTT 5 §3.3.1.1). */
export const onceMore = (bytes: Buffer): Buffer => {
  const again = Buffer.from(bytes);
  again[0] = (again[0] ?? 0) | 0x08;
  return again;
};

/** The same SUBACK, granting nothing: "not authorized" in MQTT 5 §3.9.3, "failure" in 3.1.1 §3.9.3. */
export const refusalOf = (suback: ISubackPacket, { protocolVersion }: Conversation): Buffer => {
  const refusal = protocolVersion === 5 ? 0x87 : 0x80;
  return generate({ ...suback, granted: suback.granted.map(() => refusal) }, { protocolVersion });
};
