/**
 * Topics and their meaning, as an inverse pair: `topicOf(channel)` and `channelOf(topic)`.
 *
 * No topic is put together by hand anywhere else. A device may use nothing outside its own prefix
 * `hf/1/{clientId}/{deviceId}`; registration has a corner of its own.
 */

/** Who a device is at the portal. `clientId` ≤ 27, `deviceId` ≤ 36 characters of `[A-Za-z0-9_-]`. */
export interface Subject {
  readonly clientId: string;
  readonly deviceId: string;
}

/** What a device and the portal talk over; the name is the topic below the device's prefix. */
export const channels = [
  'presence',
  'log/up',
  'log/up/ack',
  'log/down',
  'log/down/ack',
  'live/req',
  'live/res',
  'desired/trust',
  'desired/client',
  'desired/group',
  'desired/device',
  'desired/firmware',
  'desired/access',
  'reported',
  'signal/telemetry',
  'signal/progress',
  'signal/log',
] as const;
export type Channel = (typeof channels)[number];

/** What a topic says: a device's channel, or one side of a registration. */
export type Place =
  | { readonly is: 'device'; readonly subject: Subject; readonly channel: Channel }
  | { readonly is: 'registration'; readonly registrationId: string; readonly side: 'req' | 'res' };

/** The root of every topic unless configuration says otherwise; the 1 is the contract's major version. */
export const defaultRoot = 'hf/1';

const clientIdForm = /^[A-Za-z0-9_-]{1,27}$/;
const deviceIdForm = /^[A-Za-z0-9_-]{1,36}$/;
const registrationIdForm = /^[0-9a-f]{32}$/;

/** Whether both names can stand in topics and certificates. No client is called `register`: that is taken. */
export const isSubject = ({ clientId, deviceId }: Subject): boolean =>
  clientId !== 'register' && clientIdForm.test(clientId) && deviceIdForm.test(deviceId);

/** `client/device`, as it stands in topics, in the certificate's common name and in signatures. */
export const subjectName = ({ clientId, deviceId }: Subject): string => `${clientId}/${deviceId}`;

/** The topic of a place. Throws for names no topic can carry; check them with `isSubject` first. */
export const topicOf = (place: Place, root: string = defaultRoot): string => {
  if (place.is === 'registration') {
    if (!registrationIdForm.test(place.registrationId)) {
      throw new RangeError('A registration id is 32 lower-case hex digits.');
    }
    return `${root}/register/${place.registrationId}/${place.side}`;
  }
  if (!isSubject(place.subject)) {
    throw new RangeError(
      'Client and device ids are of A-Z, a-z, 0-9, "_" and "-", at most 27 and 36 long.',
    );
  }
  return `${root}/${subjectName(place.subject)}/${place.channel}`;
};

/** The place of a topic, or `undefined` when it is none of ours. `channelOf(topicOf(place))` is `place`. */
export const channelOf = (topic: string, root: string = defaultRoot): Place | undefined => {
  if (!topic.startsWith(`${root}/`)) return undefined;
  const [first = '', second = '', ...rest] = topic.slice(root.length + 1).split('/');
  const tail = rest.join('/');
  if (first === 'register' && registrationIdForm.test(second)) {
    return tail === 'req' || tail === 'res'
      ? { is: 'registration', registrationId: second, side: tail }
      : undefined;
  }
  const subject = { clientId: first, deviceId: second };
  const channel = channels.find((known) => known === tail);
  if (channel === undefined || !isSubject(subject)) return undefined;
  return { is: 'device', subject, channel };
};
