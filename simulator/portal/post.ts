/**
 * The post room: everything the portal hears is opened and checked here, everything it says is signed here,
 * and every fault of the messages happens here.
 */
import {
  Ack,
  channelOf,
  check,
  Frame,
  linkLimits,
  LiveRequest,
  messages,
  Presence,
  subjectName,
  topicOf,
  type Channel,
  type LiveResponse,
  type MessageRow,
  type Payload,
  type Subject,
} from '../../contract/index.ts';
import { signerOf, unverified, type Addressed } from '../../agent/identity/jws.ts';
import type { Publication } from '../../agent/portal/broker.ts';
import type { Clock } from '../../agent/world.ts';
import type { Tell } from './events.ts';
import type { FaultChannel, FaultName, Faults } from './faults.ts';
import type { KeyPair } from './keys.ts';
import { readPayload } from './payload.ts';

/** What a device said, opened and checked. */
export type Letter = { readonly subject: Subject; readonly device: string } & (
  | { readonly channel: 'presence'; readonly content: Presence }
  | { readonly channel: 'log/up'; readonly content: Frame }
  | { readonly channel: 'log/down/ack'; readonly content: Ack }
  | { readonly channel: 'live/req'; readonly content: LiveRequest }
  | { readonly channel: 'reported'; readonly content: Payload<'reported'> }
);

const heard = {
  presence: Presence,
  'log/up': Frame,
  'log/down/ack': Ack,
  'live/req': LiveRequest,
  reported: messages.reported.payload,
} as const;

const isHeard = (channel: Channel): channel is keyof typeof heard => Object.hasOwn(heard, channel);

/** Who asked, what, and since when there is a deadline running. */
export interface Asked {
  readonly subject: Subject;
  readonly requestId: string;
  readonly heardMs: number;
  readonly deadlineMs: number;
}

export interface PostOptions {
  readonly clock: Clock;
  /** The key that is in force. */
  readonly signing: () => KeyPair;
  readonly faults: Faults;
  readonly tell: Tell;
  readonly publish: (publication: Publication) => void;
}

const rows: Readonly<Record<FaultChannel, MessageRow>> = {
  'log/up/ack': messages.logUpAck,
  'log/down': messages.logDown,
  'live/res': messages.liveResponse,
  'desired/trust': messages.desiredTrust,
  'desired/client': messages.desiredClient,
  'desired/group': messages.desiredGroup,
  'desired/device': messages.desiredDevice,
  'desired/access': messages.desiredAccess,
};

const copiesOf: Partial<Record<FaultChannel, { none: FaultName; two: FaultName }>> = {
  'log/up/ack': { none: 'drop_up_ack', two: 'duplicate_up_ack' },
  'log/down': { none: 'drop_down_frame', two: 'duplicate_down_frame' },
};

const delayMsDefault = 1_000;

type Sign = ReturnType<typeof signerOf>;

export class Post {
  readonly #options: PostOptions;
  #signs: { readonly keyId: string; readonly sign: Sign } | undefined;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  /** Opens what came; `undefined` when it is dropped, which is told. */
  open(topic: string, payload: Uint8Array, retained: boolean): Letter | undefined {
    const opened = openLetter(topic, payload, retained);
    if (typeof opened === 'string') {
      this.#options.tell({ is: 'message.dropped', topic: topic.slice(0, 128), why: opened });
      return undefined;
    }
    if (opened.channel !== 'live/req') return opened;
    if (this.#strikes('drop_request', opened.device)) return undefined;
    if (this.#strikes('refuse', opened.device)) {
      const refusal = { code: 'refused', detail: 'The portal was told to refuse this request.' };
      this.say(opened.subject, 'live/res', { id: opened.content.id, ok: false, refusal });
      return undefined;
    }
    return opened;
  }

  /** Signs for one device, and sends. */
  say(subject: Subject, channel: FaultChannel, content: unknown): void {
    this.hand(subject, channel, this.sign(content, { typ: channel, sub: subjectName(subject) }));
  }

  /** The name of the key that is in force. */
  keyId(): string {
    return this.#options.signing().keyId;
  }

  /** Signs with the key that is in force. */
  sign(content: unknown, addressed: Addressed): string {
    const { keyId, seed } = this.#options.signing();
    // Made once for each key: making one costs more than signing with it.
    if (this.#signs?.keyId !== keyId) this.#signs = { keyId, sign: signerOf(keyId, seed) };
    return this.#signs.sign(content, addressed);
  }

  /** Sends a device what is signed already; it may be for others too. */
  hand(subject: Subject, channel: FaultChannel, signed: string): void {
    const device = subjectName(subject);
    const { none, two } = copiesOf[channel] ?? {};
    if (none !== undefined && this.#strikes(none, device)) return;
    const copies = two !== undefined && this.#strikes(two, device) ? 2 : 1;
    const topic = topicOf({ is: 'device', subject, channel });
    const { qos, retained } = rows[channel];
    const payload = this.#spoilt(device, channel, signed);
    for (let i = 0; i < copies; i += 1) {
      this.#options.publish({ topic, payload, qos, retained });
    }
  }

  /** Answers a live request, unless its deadline has passed: then nobody waits for the answer any more. */
  answer({ subject, requestId, heardMs, deadlineMs }: Asked, response: LiveResponse): void {
    const device = subjectName(subject);
    const { clock, faults } = this.#options;
    if (this.#strikes('drop_response', device)) return;
    if (this.#strikes('refuse_oddly', device)) {
      const refusal = { code: 'host_timeout', detail: 'The host did not say whether it did this.' };
      this.say(subject, 'live/res', { id: requestId, ok: false, refusal });
      return;
    }
    const copies = this.#strikes('duplicate_response', device) ? 2 : 1;
    const late = faults.take('late_response', 'live/res');
    const delay = late === undefined ? faults.take('delay_response', 'live/res') : undefined;
    const send = () => {
      if (late === undefined && clock.monotonicMs() - heardMs > deadlineMs) {
        this.#options.tell({ is: 'live.too_late', device, requestId });
        return;
      }
      for (let i = 0; i < copies; i += 1) this.say(subject, 'live/res', response);
    };
    const arming = late ?? delay;
    if (arming === undefined) {
      send();
      return;
    }
    const fault = late === undefined ? 'delay_response' : 'late_response';
    this.#options.tell({ is: 'fault.applied', device, fault });
    const waitMs = arming.ms ?? delayMsDefault;
    clock.after(late === undefined ? waitMs : deadlineMs + waitMs, send);
  }

  #spoilt(device: string, channel: FaultChannel, signed: string): string {
    if (this.#strikes('garbage', device, channel)) return '\u0000garbage\uffff{"';
    if (this.#strikes('wrong_subject', device, channel)) {
      return this.sign(unverified(signed), { typ: channel, sub: `${device}x` });
    }
    if (this.#strikes('bad_signature', device, channel)) {
      const at = signed.lastIndexOf('.') + 1;
      return signed.slice(0, at) + (signed[at] === 'A' ? 'B' : 'A') + signed.slice(at + 1);
    }
    if (!this.#strikes('oversize', device, channel)) return signed;
    return signed + 'A'.repeat(linkLimits.messageBytes);
  }

  #strikes(fault: FaultName, device: string, channel?: FaultChannel): boolean {
    if (this.#options.faults.take(fault, channel) === undefined) return false;
    this.#options.tell({ is: 'fault.applied', device, fault });
    return true;
  }
}

const openLetter = (topic: string, payload: Uint8Array, retained: boolean): Letter | string => {
  const place = channelOf(topic);
  if (place?.is !== 'device') return 'this topic is none of the contract';
  const { subject, channel } = place;
  const most = channel === 'log/up' ? linkLimits.frameBytes : linkLimits.messageBytes;
  if (payload.length > most) return `${payload.length} bytes, at most ${most} are allowed`;
  if (retained && channel !== 'presence' && channel !== 'reported') {
    return 'a retained message may not be a log or live message';
  }
  const content = readPayload(payload);
  if (content === undefined) return 'the payload is not JSON in UTF-8, or nested too deep';
  if (!isHeard(channel)) return 'devices say nothing to the portal here';
  const checked = check(heard[channel], content);
  if (!checked.ok) return checked.why;
  return { subject, device: subjectName(subject), channel, content: checked.value } as Letter;
};
