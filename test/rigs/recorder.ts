/**
 * A recorder: everything a program let out (output, MQTT payloads, HTTP bodies), kept by where it was seen,
 * so that a scanner can go over it afterwards. A stream is joined before it is scanned: chunks hide nothing.
 */
import type { BrokerSession, Dial, DialSettings } from '../../agent/portal/broker.ts';
import type { CardScanner, Sighting } from './card-scan.ts';

export const recordedBytesMax = 512 * 1024 * 1024;

export class Recorder {
  readonly #streams = new Map<string, Buffer[]>();
  #bytes = 0;

  /** Keeps what was seen; text as UTF-8. */
  note(where: string, content: Uint8Array | string): void {
    const bytes = Buffer.from(content);
    this.#bytes += bytes.length;
    // What is thrown away could hide a sighting.
    if (this.#bytes > recordedBytesMax)
      throw new Error(`More than ${recordedBytesMax} B recorded.`);
    const stream = this.#streams.get(where);
    if (stream === undefined) this.#streams.set(where, [bytes]);
    else stream.push(bytes);
  }

  /** Subscribes to every topic, best with the portal's certificate, and keeps topics and payloads. */
  listen(dial: Dial, settings: DialSettings): Promise<BrokerSession> {
    return new Promise((resolve, reject) => {
      const session = dial(settings, (event) => {
        if (event.is === 'heard') {
          this.note(`MQTT ${event.topic}`, event.topic);
          this.note(`MQTT ${event.topic}`, event.payload);
        } else if (event.is === 'connected') {
          session.subscribe(['#'], (fault) => {
            if (fault === undefined) resolve(session);
            else reject(new Error(`The recorder cannot listen: ${fault}.`));
          });
        } else {
          reject(new Error(`The recorder cannot listen: ${event.why}.`));
        }
      });
    });
  }

  /** How many bytes were seen, to be sure that something was. */
  seen(where?: string): number {
    if (where === undefined) return this.#bytes;
    return (this.#streams.get(where) ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  scan(scanner: CardScanner): Sighting[] {
    return [...this.#streams].flatMap(([where, chunks]) =>
      scanner.bytes(Buffer.concat(chunks), where),
    );
  }
}
