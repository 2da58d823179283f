/**
 * Mail: what came from the broker, opened and checked before anybody listens to it. The topic has to be this
 * device's own, the size within the limit, the signature the portal's, the content what the table says.
 */
import {
  addresseeOf,
  channelOf,
  check,
  isDeeperThan,
  linkLimits,
  messages,
  subjectName,
  type Channel,
  type Desired,
  type MessageName,
  type Subject,
} from '../../contract/index.ts';
import { unverifiedHeader } from '../identity/jws.ts';
import type { PortalTrust } from '../identity/portal-trust.ts';

/** What may come, by its channel. */
export const incoming = {
  presence: 'presence',
  'log/up/ack': 'logUpAck',
  'log/down': 'logDown',
  'live/res': 'liveResponse',
  'desired/trust': 'desiredTrust',
  'desired/client': 'desiredClient',
  'desired/group': 'desiredGroup',
  'desired/device': 'desiredDevice',
  'desired/access': 'desiredAccess',
} as const satisfies Partial<Record<Channel, MessageName>>;
export type Incoming = keyof typeof incoming;
export const incomingChannels = Object.keys(incoming) as readonly Incoming[];

/** What came, where it belongs; `nothing` is a retained message that was cleared. */
export type Mail =
  | { readonly is: 'letter'; readonly channel: Incoming; readonly payload: unknown }
  | { readonly is: 'refused'; readonly channel: Incoming | 'elsewhere'; readonly why: string }
  | { readonly is: 'nothing' };

export interface Addressee {
  readonly subject: Subject;
  readonly trust: Pick<PortalTrust, 'open'>;
}

/** Bytes of the largest message: a signed one is a third longer than what it says. */
const mailBytesMost = 2 * linkLimits.frameBytes;

const isIncoming = (channel: string): channel is Incoming => Object.hasOwn(incoming, channel);

/** Opens what came on a topic. */
export const openMail = (
  { subject, trust }: Addressee,
  topic: string,
  { bytes, retained }: { readonly bytes: Uint8Array; readonly retained: boolean },
): Mail => {
  const channel = ownChannel(topic, subject);
  if (channel === undefined) {
    return { is: 'refused', channel: 'elsewhere', why: 'a topic nobody asked for' };
  }
  const refused = (why: string): Mail => ({ is: 'refused', channel, why });
  const row = messages[incoming[channel]];
  if (bytes.length > mailBytesMost) return refused('oversized');
  if (retained && !row.retained) return refused('retained, which this channel never is');
  if (row.retained && bytes.length === 0) return { is: 'nothing' };
  const text = Buffer.from(bytes).toString('utf8');
  const sub = isShared(channel) ? sharedAddressee(channel, subject, text) : subjectName(subject);
  const opened = row.signed ? trust.open(text, { typ: channel, sub }) : parsed(text);
  if (!opened.ok) return refused(opened.why);
  if (isDeeperThan(opened.payload, linkLimits.nesting)) return refused('nested too deep');
  const checked = check(row.payload, opened.payload);
  if (!checked.ok) return refused(checked.why);
  return isShared(channel) && addresseeOf((checked.value as Desired).subject) !== sub
    ? refused('signed for another group or client than it names')
    : { is: 'letter', channel, payload: checked.value };
};

/** The channel of this device a topic is, where something may come on it. */
const ownChannel = (topic: string, subject: Subject): Incoming | undefined => {
  const place = channelOf(topic);
  const isOwn = place?.is === 'device' && subjectName(place.subject) === subjectName(subject);
  return isOwn && isIncoming(place.channel) ? place.channel : undefined;
};

/** Channels whose documents are the same bytes for every device of a client or a group. */
const isShared = (channel: Incoming): channel is 'desired/client' | 'desired/group' =>
  channel === 'desired/client' || channel === 'desired/group';

/** Who a shared document may be for: this client, or whichever of its groups the header names. */
const sharedAddressee = (
  channel: 'desired/client' | 'desired/group',
  { clientId }: Subject,
  text: string,
): string => {
  if (channel === 'desired/client') return clientId;
  const { sub } = unverifiedHeader(text);
  const groups = `${clientId}/groups/`;
  return typeof sub === 'string' && sub.startsWith(groups) ? sub : groups;
};

const parsed = (
  text: string,
): { readonly ok: true; readonly payload: unknown } | { readonly ok: false; why: string } => {
  try {
    return { ok: true, payload: JSON.parse(text) };
  } catch {
    return { ok: false, why: 'not JSON' };
  }
};
