/** A registrar on a database in memory, in a quiet world, and whoever wants to be registered. */
import { portalKeysFile, portalKeys, type PortalKeys } from '../../simulator/portal/keys.ts';
import { Certificates } from '../../simulator/portal/certificates.ts';
import { Configurations } from '../../simulator/portal/configurations.ts';
import { cornerOf } from '../../simulator/portal/corner.ts';
import { Devices } from '../../simulator/portal/devices.ts';
import { Faults } from '../../simulator/portal/faults.ts';
import { KeyRing } from '../../simulator/portal/key-ring.ts';
import { Post } from '../../simulator/portal/post.ts';
import { openRegistry, type Registry as PortalRegistry } from '../../simulator/portal/registry.ts';
import { Renewals } from '../../simulator/portal/renewals.ts';
import { Registrar, type OpenedCode } from '../../simulator/portal/registrar.ts';
import type { Happening } from '../../simulator/portal/events.ts';
import { openStore } from '../../simulator/portal/schema.ts';
import { makeAuthority, type Authority } from '../../simulator/authority.ts';
import { freshPrivateKey, signingRequest } from '../../agent/identity/forge.ts';
import type { RegistrationRequest } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Publication } from '../../agent/portal/broker.ts';
import { quietWorld, type QuietWorld } from './quiet-world.ts';

export const quarterHourMs = 15 * 60_000;

export interface Registry {
  readonly world: QuietWorld;
  readonly db: Sqlite;
  readonly authority: Authority;
  /** The keys its devices trust. */
  readonly keys: PortalKeys;
  readonly registrar: Registrar;
  readonly renewals: Renewals;
  readonly devices: Devices;
  readonly hear: ReturnType<typeof cornerOf>;
  readonly told: Happening[];
  readonly published: { topic: string; payload: string }[];
  /** Opens a code for a quarter of an hour. */
  open(): OpenedCode;
}

export const registry = ({ isClosed = false } = {}): Registry => {
  const world = quietWorld();
  const db = openStore(':memory:');
  const authority = makeAuthority('Test Authority', world.clock.wallMs());
  const seeds = { signing: world.dice.bytes(32), sealing: world.dice.bytes(32) };
  const told: Happening[] = [];
  const published: { topic: string; payload: string }[] = [];
  const keys = portalKeys(seeds);
  const publicKeys = portalKeysFile(keys);
  const tell = (happening: Happening) => void told.push(happening);
  const registering = isClosed ? undefined : registeringBy(authority);
  const devices = new Devices(db);
  const certificates = new Certificates(db, world);
  const shared = { db, world, tell, registering, certificates, devices };
  const registrar = new Registrar({
    ...{ ...shared, portalKeys: () => publicKeys },
    place: () => undefined,
  });
  const renewals = new Renewals({ ...shared, changed: () => undefined });
  const hear = cornerOf({
    tell,
    register: (request) => registrar.answer(request),
    renew: (signed, registrationId) => renewals.answer(signed, registrationId),
    publish: (publication) => published.push(publication),
  });
  const open = (): OpenedCode => {
    const order = { clientId: 'acme', deviceGroupId: 'shops', openMs: quarterHourMs };
    const opened = registrar.open(order);
    if (opened === undefined) throw new Error('This portal registers nobody.');
    return opened;
  };
  const seen = { told, published };
  return { world, db, authority, keys, registrar, renewals, devices, hear, ...seen, open };
};

const registeringBy = (authority: Authority) => ({
  ...{ authority, brokerUrl: 'mqtts://portal.example:8883', certificateDays: 90 },
});

/** A certificate that lost bytes on its way. */
export const spoiltPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** One device's key, which takes a moment to make. */
export const someKey: string = freshPrivateKey();
export const anotherKey: string = freshPrivateKey();

/** What a device with this key asks under a code. */
export const requestFor = (code: string, privateKey = someKey): RegistrationRequest => ({
  ...{ code, serialNumber: 'SN-1', hardware: 'arm64', agentVersion: '0.1.0', nonce: 'n1' },
  csr: signingRequest('registering', privateKey),
  recoveryKey: Buffer.alloc(32, 1).toString('base64'),
  wrappingKey: Buffer.alloc(32, 2).toString('base64'),
});

/** The whole registry, and what it published on the way to devices. */
export interface RegistryDesk {
  readonly world: QuietWorld;
  readonly db: Sqlite;
  readonly devices: Devices;
  readonly registry: PortalRegistry;
  readonly published: Publication[];
}

/** With an authority of its own, to register devices with, only where that is wanted: it takes a moment. */
export const registryDesk = ({ isOpen = false } = {}): RegistryDesk => {
  const world = quietWorld();
  const db = openStore(':memory:');
  const devices = new Devices(db);
  const seeds = { signing: world.dice.bytes(32), sealing: world.dice.bytes(32) };
  const keyRing = new KeyRing(db, portalKeys(seeds));
  const published: Publication[] = [];
  const tell = () => undefined;
  const post = new Post({
    ...{ clock: world.clock, signing: () => keyRing.current().signing, tell },
    ...{ faults: new Faults(tell), publish: (publication) => void published.push(publication) },
  });
  const registry = openRegistry({
    ...{ db, world, devices, keyRing, post, tell, configurations: new Configurations(db) },
    registering: isOpen
      ? registeringBy(makeAuthority('Test Authority', world.clock.wallMs()))
      : undefined,
    publish: () => undefined,
  });
  return { world, db, devices, registry, published };
};
