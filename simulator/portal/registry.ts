/**
 * The registry: who the devices are, which certificates and keys they have, and what is wanted of each. Its
 * parts, put together.
 */
import { subjectName, type PortalKeys, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { AccessDesk } from './access-desk.ts';
import { Certificates, type Registering } from './certificates.ts';
import type { Configurations } from './configurations.ts';
import { cornerOf } from './corner.ts';
import { DesiredDocuments } from './desired.ts';
import { subjectOf, type Devices } from './devices.ts';
import type { Tell } from './events.ts';
import { Groups } from './groups.ts';
import type { KeyRing } from './key-ring.ts';
import type { Post } from './post.ts';
import { Registrar } from './registrar.ts';
import { Renewals } from './renewals.ts';
import { SharedDocuments } from './shared-documents.ts';

export interface RegistryOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly devices: Devices;
  readonly keyRing: KeyRing;
  readonly post: Post;
  /** What devices said of their configuration. */
  readonly configurations: Configurations;
  readonly tell: Tell;
  /** Nobody is registered without one. */
  readonly registering: Registering | undefined;
  readonly publish: (publication: { topic: string; payload: string }) => void;
}

export interface Registry {
  /** What is wanted of each device. */
  readonly desired: DesiredDocuments;
  /** The groups they are in, and the settings that are wanted of all of them, of a group, or of one. */
  readonly groups: Groups;
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
  /** Publishes everything that is wanted again: a broker may have lost it, or the keys have changed. */
  publishAll(): void;
}

const seedBytes = 32;

export const openRegistry = (options: RegistryOptions): Registry => {
  const { db, world, devices, keyRing, tell, registering, publish } = options;
  const certificates = new Certificates(db, world);
  const desired = new DesiredDocuments({ ...options, clock: world.clock });
  const sharedDocuments = new SharedDocuments({ ...options, clock: world.clock });
  const groups = new Groups({ ...options, desired, sharedDocuments });
  const access = new AccessDesk({ ...options, desired });
  const shared = { db, world, tell, registering, certificates, devices };
  const registrar = new Registrar({
    ...{ ...shared, portalKeys: () => keyRing.file() },
    place: (subject, groupId) => {
      const moved = groups.move(subject, groupId);
      if (!('code' in moved)) return;
      tell({ is: 'device.not_placed', device: subjectName(subject), groupId, why: moved.why });
    },
  });
  const renewals = new Renewals({
    ...shared,
    changed: (subject) => desired.standsOtherwise(subject),
  });
  const hear = cornerOf({
    ...{ tell, publish },
    register: (request) => registrar.answer(request),
    renew: (signed, registrationId) => renewals.answer(signed, registrationId),
  });
  const publishAll = () => {
    groups.publishAll();
    desired.publishAll();
  };
  return {
    ...{ desired, groups, access, registrar, renewals, hear, publishAll },
    revoked: () => (registering === undefined ? undefined : certificates.revoked(registering)),
    knows: (subject) => devices.find(subjectName(subject)) !== undefined,
    joined: (subject) => {
      registrar.joined(subject);
      desired.leadToKeys(subject);
      groups.lead(subject);
      access.lead(subject);
    },
    keys: () => keyRing.file(),
    rotateKeys: () => {
      if (!keyRing.mayRotate()) return undefined;
      const seed = () => world.dice.bytes(seedBytes);
      keyRing.rotate({ signing: seed(), sealing: seed() });
      for (const { device } of devices.all()) desired.leadToKeys(subjectOf(device));
      // What is retained was signed with keys that nobody follows any more.
      publishAll();
      const { version } = keyRing.file();
      tell({ is: 'keys.rotated', version });
      return version;
    },
  };
};
