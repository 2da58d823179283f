/**
 * The registry: who the devices are, which certificates and keys they have, and what is wanted of each. Its
 * parts, put together.
 */
import { subjectName, type PortalKeys, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { AccessDesk } from './access-desk.ts';
import { Certificates, type Registering } from './certificates.ts';
import { cornerOf } from './corner.ts';
import { DesiredDocuments } from './desired.ts';
import { subjectOf, type Devices } from './devices.ts';
import type { Tell } from './events.ts';
import type { KeyRing } from './key-ring.ts';
import type { Post } from './post.ts';
import { Registrar } from './registrar.ts';
import { Renewals } from './renewals.ts';

export interface RegistryOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly devices: Devices;
  readonly keyRing: KeyRing;
  readonly post: Post;
  readonly tell: Tell;
  /** Nobody is registered without one. */
  readonly registering: Registering | undefined;
  readonly publish: (publication: { topic: string; payload: string }) => void;
}

export interface Registry {
  /** What is wanted of each device. */
  readonly desired: DesiredDocuments;
  /** Who may do what on them. */
  readonly access: AccessDesk;
  /** Gives devices their names. */
  readonly registrar: Registrar;
  /** Gives registered devices another certificate, takes all of theirs back, or lets them go. */
  readonly renewals: Renewals;
  /** Hears what is asked in a corner of registration. */
  readonly hear: ReturnType<typeof cornerOf>;
  /** The certificates taken back, as a list for the broker, PEM; `undefined` without an authority. */
  revoked(): string | undefined;
  /** Whether a device was registered here, or heard. */
  knows(subject: Subject): boolean;
  /** A device was heard with its certificate. */
  joined(subject: Subject): void;
  /** The public keys that are in force. */
  keys(): PortalKeys;
  /** Puts other keys in force, and leads every device to them, if they can follow: the new set's number. */
  rotateKeys(): number | undefined;
}

const seedBytes = 32;

export const openRegistry = (options: RegistryOptions): Registry => {
  const { db, world, devices, keyRing, tell, registering, publish } = options;
  const certificates = new Certificates(db, world);
  const desired = new DesiredDocuments({ ...options, clock: world.clock });
  const access = new AccessDesk({ ...options, desired });
  const shared = { db, world, tell, registering, certificates, devices };
  const registrar = new Registrar({ ...shared, portalKeys: () => keyRing.file() });
  const renewals = new Renewals({
    ...shared,
    changed: (subject) => desired.standsOtherwise(subject),
  });
  const hear = cornerOf({
    ...{ tell, publish },
    register: (request) => registrar.answer(request),
    renew: (signed, registrationId) => renewals.answer(signed, registrationId),
  });
  return {
    ...{ desired, access, registrar, renewals, hear },
    revoked: () => (registering === undefined ? undefined : certificates.revoked(registering)),
    knows: (subject) => devices.find(subjectName(subject)) !== undefined,
    joined: (subject) => {
      registrar.joined(subject);
      desired.leadToKeys(subject);
      access.lead(subject);
    },
    keys: () => keyRing.file(),
    rotateKeys: () => {
      if (!keyRing.mayRotate()) return undefined;
      const seed = () => world.dice.bytes(seedBytes);
      keyRing.rotate({ signing: seed(), sealing: seed() });
      for (const { device } of devices.all()) desired.leadToKeys(subjectOf(device));
      // What is retained was signed with keys that nobody follows any more.
      desired.publishAll();
      const { version } = keyRing.file();
      tell({ is: 'keys.rotated', version });
      return version;
    },
  };
};
