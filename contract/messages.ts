/**
 * Messages: everything that travels over MQTT. One row a message: who sends it, on which channel, with which
 * QoS, retained or not, signed or not, and the shape of its payload.
 *
 * Signed messages are compact JWS (EdDSA) around the payload; `jws.ts` of either side opens them. Unknown
 * fields are ignored, so that either side may grow first.
 */
import { Type, type Static, type TSchema } from 'typebox';
import {
  DesiredAccess,
  DesiredClient,
  DesiredDevice,
  DesiredFirmware,
  desiredKinds,
  DesiredGroup,
  DesiredTrust,
} from './desired.ts';
import { ConfigurationReport } from './configuration.ts';
import { linkLimits } from './limits.ts';
import type { Channel } from './topics.ts';
import { moneyKinds, ReversalReason } from './facts.ts';
import {
  BatchId,
  CardType,
  charge,
  FollowUpType,
  HostAnswer,
  Id,
  KeyHash,
  MaskedCard,
  Prompts,
  Whole,
} from './payment.ts';
import { Profile } from './profile.ts';
import { CornerRequest, CornerResponse } from './registration.ts';

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Count = Whole(0);
const Session = Whole(1);
const Epoch = Whole(1);
const Name = Type.String({ minLength: 1, maxLength: 64 });
const Base64 = Type.String({
  pattern: '^[A-Za-z0-9+/]*={0,2}$',
  maxLength: 4 * linkLimits.sealedBytes,
});

/** How far the device trusts its wall clock. */
export const ClockTrust = Type.Enum(['untrusted', 'bounded', 'trusted']);
export type ClockTrust = Static<typeof ClockTrust>;

/** One entry of a log; `sealed` is the attachment in base64, or `erased` once its transaction is decided. */
export const Entry = Type.Object({
  seq: Whole(1),
  id: Name,
  type: Name,
  at: Whole(0),
  clock: ClockTrust,
  body: Type.Unknown(),
  hash: Hash,
  sealed: Type.Optional(Base64),
  erased: Type.Optional(Type.Literal(true)),
});
export type Entry = Static<typeof Entry>;

/**
 * A run of entries: `from` is the number of the first, `prev` the hash before it, `head` the log's last.
 * `pruned`: nothing before this run is kept any more.
 */
export const Frame = Type.Object({
  session: Session,
  epoch: Epoch,
  head: Count,
  from: Whole(1),
  prev: Hash,
  entries: Type.Array(Entry, { minItems: 1, maxItems: linkLimits.entriesPerFrame }),
  pruned: Type.Optional(Type.Literal(true)),
});
export type Frame = Static<typeof Frame>;

/**
 * Everything through this number is committed at the receiver. `time` is the portal's, ms since 1970; `store`
 * names the portal's store as it has been since it was last restored from a backup. Another name in
 * mid-session tells the device that the portal has forgotten, and that a new session is needed.
 */
export const Ack = Type.Object({
  session: Session,
  epoch: Epoch,
  through: Count,
  hash: Hash,
  time: Type.Optional(Whole(0)),
  store: Type.Optional(Name),
});
export type Ack = Static<typeof Ack>;

/**
 * A birth or a death. A birth names the head of the up log: nothing stored is decided before the portal has
 * taken that in, for what undoes it may be on its way.
 */
export const Presence = Type.Object({
  state: Type.Enum(['online', 'offline']),
  session: Session,
  bootId: Name,
  agentVersion: Name,
  log: Type.Optional(Type.Object({ epoch: Epoch, head: Count })),
});
export type Presence = Static<typeof Presence>;

const liveMoney = {
  transactionId: Id,
  attemptId: Id,
  application: Name,
  keyHash: KeyHash,
  ...charge,
  card: MaskedCard,
  batch: BatchId,
  /** What has to be undone before; `reason` says whether the device knows an approval of it. */
  reversals: Type.Array(
    Type.Object({ transactionId: Id, attemptId: Id, reason: Type.Optional(ReversalReason) }),
    { maxItems: linkLimits.reversalsNamed },
  ),
};

/**
 * The body of a live `authorize`, or of a `refund` without an original: self-contained, with the card and
 * with the attempts to be reversed before it.
 */
export const AuthorizeBody = Type.Object({
  ...liveMoney,
  type: CardType,
  keyId: Name,
  sealed: Base64,
  prompts: Type.Optional(Prompts),
  partialApproval: Type.Boolean(),
});
export type AuthorizeBody = Static<typeof AuthorizeBody>;

/** The body of a live `void`, `capture`, `adjust`, or of a `refund` of an original. */
export const FollowUpBody = Type.Object({
  ...liveMoney,
  type: FollowUpType,
  originalTransactionId: Id,
});
export type FollowUpBody = Static<typeof FollowUpBody>;

export const LiveRequest = Type.Object({
  id: Name,
  kind: Type.Enum([...moneyKinds, 'fetch', 'upload']),
  deadlineMs: Whole(1),
  body: Type.Unknown(),
});
export type LiveRequest = Static<typeof LiveRequest>;

/**
 * The only refusals that say no host saw the request. Any other code leaves the outcome unknown, and the
 * attempt is reversed.
 */
export const refusedBeforeHost = [
  'pending_reversal',
  'malformed',
  'unsupported_kind',
  'attempt_reversed',
  'idempotency_forgotten',
  'refused',
] as const;

export const LiveResponse = Type.Union([
  Type.Object({ id: Name, ok: Type.Literal(true), body: HostAnswer }),
  Type.Object({
    id: Name,
    ok: Type.Literal(false),
    refusal: Type.Object({ code: Name, detail: Type.Optional(Type.String({ maxLength: 300 })) }),
  }),
]);
export type LiveResponse = Static<typeof LiveResponse>;

const AnyObject = Type.Record(Type.String(), Type.Unknown());

/** Where a registered device stands with its certificate. */
export const identityStates = ['active', 'renewing', 'expired', 'revoked'] as const;
export type IdentityState = (typeof identityStates)[number];

const Reported = Type.Object({
  agentVersion: Name,
  clock: ClockTrust,
  epoch: Epoch,
  queue: Type.Object({ unsent: Count, undecided: Count }),
  readers: Type.Array(Type.Object({ readerId: Name, protocol: Name, state: Name })),
  profile: Type.Optional(Profile),
  identity: Type.Optional(
    Type.Object({
      state: Type.Enum([...identityStates]),
      /** When its certificate ends, ms since 1970; none for a broker without TLS. */
      certificateUntil: Type.Optional(Whole(0)),
      /** The number of the portal's key set it follows. */
      keySet: Whole(1),
    }),
  ),
  /** Of each kind that was heard: the version in force, and why the last one was refused, if it was. */
  documents: Type.Optional(
    Type.Array(
      Type.Object({
        kind: Type.Enum([...desiredKinds]),
        version: Type.Optional(Whole(1)),
        refused: Type.Optional(Type.String({ maxLength: 200 })),
      }),
    ),
  ),
  configuration: Type.Optional(ConfigurationReport),
});

/** A row of the table: what a message is and how it travels. */
export interface MessageRow {
  readonly says: string;
  readonly from: 'device' | 'portal';
  readonly channel: Channel | 'register/req' | 'register/res';
  readonly qos: 0 | 1;
  readonly retained: boolean;
  readonly signed: boolean;
  readonly payload: TSchema;
}

const device = { from: 'device', signed: false } as const;
const portal = { from: 'portal', signed: true } as const;
const wish = { ...portal, qos: 1, retained: true } as const;
const signal = { ...device, qos: 0, retained: false, payload: AnyObject } as const;

/** Every message of the link. */
export const messages = {
  presence: {
    ...device,
    says: 'The device is there, or (as its last will) gone.',
    channel: 'presence',
    qos: 1,
    retained: true,
    payload: Presence,
  },
  logUp: {
    ...device,
    says: 'Facts of the device, in order, without a gap.',
    channel: 'log/up',
    qos: 1,
    retained: false,
    payload: Frame,
  },
  logUpAck: {
    ...portal,
    says: 'The portal has committed every fact through this one.',
    channel: 'log/up/ack',
    qos: 1,
    retained: false,
    payload: Ack,
  },
  logDown: {
    ...portal,
    says: 'Words of the portal, in order, without a gap.',
    channel: 'log/down',
    qos: 1,
    retained: false,
    payload: Frame,
  },
  logDownAck: {
    ...device,
    says: 'The device has committed every word through this one.',
    channel: 'log/down/ack',
    qos: 1,
    retained: false,
    payload: Ack,
  },
  liveRequest: {
    ...device,
    says: 'One attempt at something that must be answered now; never repeated blindly.',
    channel: 'live/req',
    qos: 0,
    retained: false,
    payload: LiveRequest,
  },
  liveResponse: {
    ...portal,
    says: 'The answer to one live request.',
    channel: 'live/res',
    qos: 0,
    retained: false,
    payload: LiveResponse,
  },
  desiredTrust: {
    ...wish,
    says: 'The chain of key sets the device is to trust, each signed by the one before.',
    channel: 'desired/trust',
    payload: DesiredTrust,
  },
  desiredClient: {
    ...wish,
    says: 'Settings for every device of a client.',
    channel: 'desired/client',
    payload: DesiredClient,
  },
  desiredGroup: {
    ...wish,
    says: 'Settings for every device of a group.',
    channel: 'desired/group',
    payload: DesiredGroup,
  },
  desiredDevice: {
    ...wish,
    says: 'What the portal wants of this one device: its group, its log epoch, its own settings.',
    channel: 'desired/device',
    payload: DesiredDevice,
  },
  desiredFirmware: {
    ...wish,
    says: 'The release the device is offered.',
    channel: 'desired/firmware',
    payload: DesiredFirmware,
  },
  desiredAccess: {
    ...wish,
    says: 'Who may sign in on the device, and which applications may call it.',
    channel: 'desired/access',
    payload: DesiredAccess,
  },
  reported: {
    ...device,
    says: 'What the device is and runs now.',
    channel: 'reported',
    qos: 1,
    retained: true,
    payload: Reported,
  },
  signalTelemetry: { ...signal, says: 'Measurements; may be lost.', channel: 'signal/telemetry' },
  signalProgress: {
    ...signal,
    says: 'How far a long job is; may be lost.',
    channel: 'signal/progress',
  },
  signalLog: {
    ...signal,
    says: 'Log lines somebody asked to follow; may be lost.',
    channel: 'signal/log',
  },
  registrationRequest: {
    ...device,
    says: 'A device asks for its name with a code, or signed for another certificate or to be let go.',
    channel: 'register/req',
    qos: 1,
    retained: false,
    payload: CornerRequest,
  },
  registrationResponse: {
    from: 'portal',
    signed: false,
    says: 'The certificate and all a device needs to begin or to go on, or a refusal.',
    channel: 'register/res',
    qos: 1,
    retained: false,
    payload: CornerResponse,
  },
} as const satisfies Record<string, MessageRow>;

export type MessageName = keyof typeof messages;

/** The payload of a message. */
export type Payload<M extends MessageName> = Static<(typeof messages)[M]['payload']>;
