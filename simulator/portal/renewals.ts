/**
 * Renewals: what a registered device asks for with its recovery key, and nobody can ask for it. Another
 * certificate, for a new key; or to be let go, once its whole log is here. A device that is revoked gets
 * neither; one that was let go is told so again.
 */
import {
  check,
  registrationRefusals,
  Renewal,
  Retirement,
  type CornerResponse,
  type RegistrationRefusal,
  type Subject,
} from '../../contract/index.ts';
import { openerOf, unverifiedHeader } from '../../agent/identity/jws.ts';
import { recoveryKeyId, type RecoveryRequest } from '../../agent/identity/recovery-key.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { openRequest } from '../authority.ts';
import type { Certificates, Registering } from './certificates.ts';
import { subjectOf, type Devices, type Standing } from './devices.ts';
import type { Tell } from './events.ts';

export interface RenewalOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly certificates: Certificates;
  readonly registering: Registering | undefined;
  readonly devices: Devices;
  readonly tell: Tell;
  /** A device was revoked, or taken in again. */
  readonly changed: (subject: Subject) => void;
}

interface Registered {
  readonly recoveryKey: string;
  readonly publicKey: string;
  readonly certificate: string;
  readonly revoked: 0 | 1;
}

export class Renewals {
  readonly #options: RenewalOptions;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** Answers what was signed with a recovery key, in the corner it was asked in. */
  answer(signed: string, registrationId: string): CornerResponse {
    const { typ, sub } = unverifiedHeader(signed);
    const device = String(sub);
    const found = this.#find(device);
    if (found === undefined) return this.#refused('device_unknown', device);
    const key = new Uint8Array(Buffer.from(found.recoveryKey, 'base64'));
    const open = openerOf([{ keyId: recoveryKeyId, key }]);
    const request: RecoveryRequest = typ === 'retirement' ? 'retirement' : 'renewal';
    const opened = open(signed, { typ: request, sub: device });
    if (!opened.ok) return this.#refused('device_unknown', device);
    // Let go already: the answer was lost, or it is asked again after a power cut.
    const isAgain = request === 'retirement' && this.#options.devices.find(device)?.retired === 1;
    if (found.revoked === 1 && !isAgain) return this.#refused('revoked', device);
    const asked = { device, found, payload: opened.payload, registrationId };
    return request === 'renewal' ? this.#renew(asked) : this.#retire(asked);
  }

  /** Takes a device's certificates back, or takes it in again; `false` when nobody registered it. */
  revoke(subject: Subject, isRevoked: boolean): boolean {
    const { db, tell } = this.#options;
    const { clientId, deviceId } = subject;
    const { changes } = db
      .prepare('update registration set revoked = ? where client_id = ? and device_id = ?')
      .run(isRevoked ? 1 : 0, clientId, deviceId);
    const device = `${clientId}/${deviceId}`;
    if (changes === 0) return false;
    tell({ is: isRevoked ? 'device.revoked' : 'device.reinstated', device });
    this.#options.changed({ clientId, deviceId });
    return true;
  }

  #renew({ device, found, payload, registrationId }: Asked): CornerResponse {
    const { world, registering, certificates, db, tell } = this.#options;
    const renewal = check(Renewal, payload);
    const isHere = renewal.ok && renewal.value.registrationId === registrationId;
    const opened = isHere ? openRequest(renewal.value.csr) : undefined;
    if (opened === undefined) return this.#refused('request_unsound', device);
    if (registering === undefined) return this.#refused('registration_closed', device);
    const answered = (certificate: string): CornerResponse => ({
      ...{ ok: true, certificate, chain: [registering.authority.certificate] },
      time: world.clock.wallMs(),
    });
    // Asked again with the same key: the answer was lost, not the certificate.
    if (opened.publicKey === found.publicKey) return answered(found.certificate);
    const subject = subjectOf(device);
    const certificate = certificates.issue(subject, opened.publicKey, registering);
    db.prepare(
      `update registration set public_key = ?, certificate = ?, joined = 1
       where client_id = ? and device_id = ?`,
    ).run(opened.publicKey, certificate, subject.clientId, subject.deviceId);
    tell({ is: 'device.renewed', device });
    return answered(certificate);
  }

  #retire({ device, found, payload, registrationId }: Asked): CornerResponse {
    const { devices, world, tell } = this.#options;
    const retirement = check(Retirement, payload);
    if (!retirement.ok || retirement.value.registrationId !== registrationId) {
      return this.#refused('request_unsound', device);
    }
    const { epoch, head, hash } = retirement.value;
    const standing = devices.find(device);
    const isWhole =
      (head === 0 && hadNothing(standing)) ||
      (standing?.upEpoch === epoch && standing.upThrough === head && standing.upHash === hash);
    if (!isWhole) return this.#refused('log_incomplete', device);
    const answer: CornerResponse = { ok: true, retired: true, time: world.clock.wallMs() };
    if (found.revoked === 1) return answer;
    if (standing !== undefined) devices.change(device, { retired: 1, online: 0 });
    this.revoke(subjectOf(device), true);
    tell({ is: 'device.retired', device, epoch, through: head });
    return answer;
  }

  #refused(code: RegistrationRefusal, device: string): CornerResponse {
    this.#options.tell({ is: 'renewal.refused', device: device.slice(0, 64), code });
    return { ok: false, refusal: { code, retryable: registrationRefusals[code].retryable } };
  }

  #find(device: string): Registered | undefined {
    return this.#options.db
      .prepare<[string], Registered>(
        `select recovery_key as recoveryKey, public_key as publicKey, certificate, revoked
         from registration where client_id || '/' || device_id = ? and recovery_key is not null`,
      )
      .get(device);
  }
}

/** Whether a device never had anything to tell, as far as was ever seen. */
const hadNothing = (standing: Standing | undefined): boolean =>
  standing === undefined ||
  (standing.upThrough === 0 && (standing.gateHead ?? 0) === 0 && standing.epochSeen <= 1);

interface Asked {
  readonly device: string;
  readonly found: Registered;
  readonly payload: unknown;
  readonly registrationId: string;
}
