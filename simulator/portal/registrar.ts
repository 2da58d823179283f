/**
 * The registrar: opens one-time codes, each for a device of a client and a group, and gives certificates for
 * them. A code is kept as its hash. Asked again with the same key it gives the same certificate, until the
 * device first connected with it.
 */
import { X509Certificate } from 'node:crypto';
import {
  registrationRefusals,
  regrantMs,
  type PortalKeys,
  subjectName,
  type RegistrationRefusal,
  type RegistrationRequest,
  type CornerResponse,
  type Subject,
} from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import { fingerprintOf } from '../../agent/identity/fingerprint.ts';
import { base32Of } from '../../agent/identity/identifiers.ts';
import type { Sqlite, Statement } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { openRequest } from '../authority.ts';
import type { Certificates, Registering } from './certificates.ts';
import type { Devices } from './devices.ts';
import type { Tell } from './events.ts';

/** What a code is opened for. */
export interface CodeOrder {
  readonly clientId: string;
  readonly deviceGroupId: string;
  /** How long it may be first used, ms. */
  readonly openMs: number;
}

export interface OpenedCode {
  /** With the fingerprint of the broker's authority behind it, where that is a private one. */
  readonly code: string;
  readonly deviceId: string;
  /** When it can no longer be first used, ms since 1970. */
  readonly until: number;
}

/** The most codes that may be wrong within a minute, of all devices together. */
export const wrongCodesMost = 30;
/** The longest a code may be open, ms: a day. */
export const codeOpenMsMost = 86_400_000;

const tryWindowMs = 60_000;
const codeCharacters = 10;

export interface RegistrarOptions {
  readonly db: Sqlite;
  readonly world: World;
  /** The public keys that are in force. */
  readonly portalKeys: () => PortalKeys;
  readonly certificates: Certificates;
  readonly devices: Devices;
  /** Nobody is registered without one. */
  readonly registering: Registering | undefined;
  readonly tell: Tell;
  /** Puts a device that was given its name into the group its code was opened for. */
  readonly place: (subject: Subject, groupId: string) => void;
}

interface Registration {
  readonly codeHash: string;
  readonly clientId: string;
  readonly groupId: string;
  readonly deviceId: string;
  readonly until: number;
  readonly publicKey: string | null;
  readonly certificate: string | null;
  readonly usedAt: number | null;
  readonly joined: 0 | 1;
}

const selection = `select code_hash as codeHash, client_id as clientId, group_id as groupId,
  device_id as deviceId, until, public_key as publicKey, certificate, used_at as usedAt, joined
  from registration`;

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #join: Statement<[string, string]>;
  /** When the last wrong codes came, by the monotonic clock. */
  #wrong: number[] = [];

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#join = options.db.prepare(
      'update registration set joined = 1 where client_id = ? and device_id = ? and joined = 0',
    );
  }

  /** Opens a code; `undefined` when this portal registers nobody. */
  open({ clientId, deviceGroupId, openMs }: CodeOrder): OpenedCode | undefined {
    const { db, world, registering } = this.#options;
    if (registering === undefined) return undefined;
    const code = drawnCode(world.dice.bytes(codeCharacters));
    const deviceId = `dev-${Buffer.from(world.dice.bytes(8)).toString('hex')}`;
    const until = world.clock.wallMs() + openMs;
    db.prepare(
      `insert into registration (code_hash, client_id, group_id, device_id, until)
       values (?, ?, ?, ?, ?)`,
    ).run(sha256(code), clientId, deviceGroupId, deviceId, until);
    const { brokerAuthority } = registering;
    const behind = brokerAuthority === undefined ? '' : `-${fingerprintIn(brokerAuthority)}`;
    return { code: `${code}${behind}`, deviceId, until };
  }

  /** A device was heard with its certificate: its code gives nothing any more. */
  joined({ clientId, deviceId }: { clientId: string; deviceId: string }): void {
    this.#join.run(clientId, deviceId);
  }

  /** Answers a device that asks for its name. */
  answer(request: RegistrationRequest): CornerResponse {
    const { world, registering } = this.#options;
    if (registering === undefined) return this.#refused('registration_closed');
    if (this.#triedTooOften()) return this.#refused('too_many_tries');
    const opened = openRequest(request.csr);
    if (opened === undefined) return this.#refused('request_unsound');
    const found = this.#find(sha256(request.code));
    if (found === undefined) {
      this.#wrong.push(world.clock.monotonicMs());
      return this.#refused('code_unknown');
    }
    const nowMs = world.clock.wallMs();
    if (found.usedAt === null) {
      return nowMs > found.until
        ? this.#refused('code_expired')
        : this.#granted(found, this.#certify(found, request, opened.publicKey), registering);
    }
    const isRepeated =
      found.publicKey === opened.publicKey &&
      found.joined === 0 &&
      nowMs - found.usedAt <= regrantMs;
    return isRepeated && found.certificate !== null
      ? this.#granted(found, found.certificate, registering)
      : this.#refused('code_used');
  }

  // Written before it is told: whoever asks again gets the same.
  #certify(found: Registration, request: RegistrationRequest, publicKey: string): string {
    const { db, world, tell, certificates, devices, registering, place } = this.#options;
    if (registering === undefined) throw new Error('Nobody is registered without an authority.');
    const certificate = certificates.issue(found, publicKey, registering);
    db.prepare(
      `update registration set public_key = ?, certificate = ?, used_at = ?, recovery_key = ?,
         wrapping_key = ?, serial_number = ?, hardware = ? where code_hash = ?`,
    ).run(
      ...[publicKey, certificate, world.clock.wallMs(), request.recoveryKey],
      ...[request.wrappingKey, request.serialNumber, request.hardware, found.codeHash],
    );
    // Known from now on, whether it ever connects or not.
    devices.of({ clientId: found.clientId, deviceId: found.deviceId });
    tell({ is: 'device.registered', device: subjectName(found) });
    place({ clientId: found.clientId, deviceId: found.deviceId }, found.groupId);
    return certificate;
  }

  #granted(
    { clientId, deviceId, groupId }: Registration,
    certificate: string,
    { authority, brokerUrl }: Registering,
  ): CornerResponse {
    return {
      ok: true,
      ...{ deviceId, clientId, deviceGroupId: groupId },
      ...{ certificate, chain: [authority.certificate], brokerUrl },
      portalKeys: this.#options.portalKeys(),
      time: this.#options.world.clock.wallMs(),
    };
  }

  #refused(code: RegistrationRefusal): CornerResponse {
    this.#options.tell({ is: 'registration.refused', code });
    return { ok: false, refusal: { code, retryable: registrationRefusals[code].retryable } };
  }

  #triedTooOften(): boolean {
    const since = this.#options.world.clock.monotonicMs() - tryWindowMs;
    this.#wrong = this.#wrong.filter((at) => at > since);
    return this.#wrong.length >= wrongCodesMost;
  }

  #find(codeHash: string): Registration | undefined {
    return this.#options.db
      .prepare<[string], Registration>(`${selection} where code_hash = ?`)
      .get(codeHash);
  }
}

const fingerprintIn = (pem: string): string => fingerprintOf(new X509Certificate(pem).raw);

const drawnCode = (bytes: Uint8Array): string => {
  const drawn = base32Of(bytes);
  return `${drawn.slice(0, codeCharacters / 2)}-${drawn.slice(codeCharacters / 2)}`;
};
