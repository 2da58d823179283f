/**
 * Desired documents: what the portal wants of a device, retained, signed, and the latest version wins.
 *
 * Versions are compared for each kind and subject by itself; an older one than a device has is refused.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { AccessBody } from './access.ts';
import { Whole } from './payment.ts';

const Name = Type.String({ minLength: 1, maxLength: 64 });

/** The kinds of documents; each has the channel `desired/{kind}`. */
export const desiredKinds = ['trust', 'client', 'group', 'device', 'firmware', 'access'] as const;
export type DesiredKind = (typeof desiredKinds)[number];

const DesiredSubject = Type.Object({
  clientId: Name,
  groupId: Type.Optional(Name),
  deviceId: Type.Optional(Name),
});

const desired = <Kind extends DesiredKind, Body extends TSchema>(kind: Kind, body: Body) =>
  Type.Object({
    kind: Type.Literal(kind),
    subject: DesiredSubject,
    version: Whole(1),
    /** The portal's wall time, ms since 1970. */
    issuedAt: Whole(0),
    body,
  });

/** A desired document of any kind. */
export const Desired = Type.Object({
  kind: Type.Enum([...desiredKinds]),
  subject: DesiredSubject,
  version: Whole(1),
  issuedAt: Whole(0),
  body: Type.Unknown(),
});
export type Desired = Static<typeof Desired>;

/**
 * Who a document is signed for, as its header says (`sub`): one device, or every device of a client or of a
 * group, which are then sent the same bytes.
 */
export const addresseeOf = ({ clientId, groupId, deviceId }: Desired['subject']): string =>
  deviceId !== undefined
    ? `${clientId}/${deviceId}`
    : groupId !== undefined
      ? `${clientId}/groups/${groupId}`
      : clientId;

/** The most key sets a chain has: one rotation a month for five years; then a portal rotates no more. */
export const keySetsMost = 64;

/**
 * The portal's key sets to the one in force, from the first or the oldest any device still holds. Each is a
 * compact JWS around `PortalKeys` with the `typ` of a key set, signed by a key of the set before it; the
 * first of all by itself.
 */
export const DesiredTrust = desired(
  'trust',
  Type.Object({
    keySets: Type.Array(Type.String({ maxLength: 4_096 }), {
      ...{ minItems: 1, maxItems: keySetsMost },
    }),
  }),
);
export type DesiredTrust = Static<typeof DesiredTrust>;

/** What the header of a signed key set says: it is no message, and for no device in particular. */
export const keySetAddress = { typ: 'key-set', sub: 'portal' } as const;

/** Settings by name, nested as in `holdfast.json`; `null` takes back what a weaker layer says (RFC 7396). */
const Settings = Type.Record(Type.String(), Type.Unknown());

export const DesiredClient = desired('client', Type.Object({ settings: Settings }));
export type DesiredClient = Static<typeof DesiredClient>;
export const DesiredGroup = desired('group', Type.Object({ settings: Settings }));
export type DesiredGroup = Static<typeof DesiredGroup>;

/** What a device may be at the portal; one that is not `Active` or `Inactive` takes no payments. */
export const deviceStatuses = ['Active', 'Inactive', 'Disabled'] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** What the portal wants of one device; `log.epoch` above the device's own lets it open that epoch. */
export const DesiredDevice = desired(
  'device',
  Type.Object({
    groupId: Type.Optional(Name),
    status: Type.Optional(Type.Enum([...deviceStatuses])),
    log: Type.Optional(Type.Object({ epoch: Whole(1) })),
    settings: Type.Optional(Settings),
  }),
);
export type DesiredDevice = Static<typeof DesiredDevice>;

export const DesiredFirmware = desired(
  'firmware',
  Type.Object({
    release: Name,
    counter: Whole(0),
    length: Whole(0),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  }),
);

export const DesiredAccess = desired('access', AccessBody);
