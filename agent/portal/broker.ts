/**
 * A broker, as the link needs it: one connection at a time, with a will, that says when it is up, what it
 * heard, and once that it is closed. A closed session is never reused; the link dials another.
 */

export interface Will {
  readonly topic: string;
  readonly payload: string;
}

export interface TlsFiles {
  readonly ca?: string;
  readonly certificate?: string;
  readonly privateKey?: string;
}

export interface DialSettings {
  readonly url: string;
  readonly clientId: string;
  readonly keepaliveSeconds: number;
  readonly connectWithinMs: number;
  readonly tls?: TlsFiles;
  readonly will?: Will;
}

/** What a session says. `code` is the reason code of a refused or ended connection, when there is one. */
export type BrokerEvent =
  | { readonly is: 'connected'; readonly protocolVersion: 4 | 5 }
  | {
      readonly is: 'heard';
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly retained: boolean;
    }
  | { readonly is: 'closed'; readonly why: string; readonly code?: number };

export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retained: boolean;
}

export interface BrokerSession {
  /** Subscribes at QoS 1; `done` gets `undefined`, or why not. */
  subscribe(topics: readonly string[], done: (fault: string | undefined) => void): void;
  /** `done` is called when the bytes left (QoS 0) or the broker has them (QoS 1), or with what failed. */
  publish(publication: Publication, done?: (fault: string | undefined) => void): void;
  /** Sends a PINGREQ now, to learn sooner that a connection is dead. */
  ping(): void;
  /** Ends the session; `gracefully` sends DISCONNECT, so that no will is published. */
  close(how: 'gracefully' | 'at once'): void;
}

/** Opens a session; everything it has to say comes to `hear`, after `dial` has returned. */
export type Dial = (settings: DialSettings, hear: (event: BrokerEvent) => void) => BrokerSession;
