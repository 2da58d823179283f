/**
 * Certificates: every one the portal gave, by the device it names, so that all of a device's can be taken
 * back at once.
 */
import { X509Certificate } from 'node:crypto';
import { subjectName, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { issueForKey, type Authority } from '../authority.ts';
import { revocationList } from '../revocation-list.ts';

/** Whoever certifies devices, and what a device is told beside its certificate. */
export interface Registering {
  readonly authority: Authority;
  /** The broker devices connect to with their certificate. */
  readonly brokerUrl: string;
  /** The authority of that broker's certificate, PEM, if it is a private one: codes tell its fingerprint. */
  readonly brokerAuthority?: string;
  /** How long a certificate lives, days; a part of one for those who cannot wait. */
  readonly certificateDays: number;
}

/** How long a revocation list is good, days. */
const listDays = 30;

export class Certificates {
  readonly #db: Sqlite;
  readonly #world: World;

  constructor(db: Sqlite, world: World) {
    this.#db = db;
    this.#world = world;
  }

  /** Certifies a device's key; written down before it is told. */
  issue(subject: Subject, publicKey: string, { authority, certificateDays }: Registering): string {
    const now = this.#world.clock.wallMs();
    const commonName = subjectName(subject);
    const issued = { authority, now, days: certificateDays, commonName };
    const certificate = issueForKey(publicKey, issued);
    const { serialNumber } = new X509Certificate(certificate);
    this.#db
      .prepare('insert into certificate (serial, device) values (?, ?)')
      .run(serialNumber.toLowerCase(), commonName);
    return certificate;
  }

  /** The list of what is taken back, PEM: all certificates of devices that are revoked. */
  revoked({ authority }: Registering): string {
    const serials = this.#db
      .prepare<[], { serial: string }>(
        `select serial from certificate join registration on device = client_id || '/' || device_id
         where revoked = 1`,
      )
      .all()
      .map(({ serial }) => serial);
    return revocationList(authority, {
      ...{ serials, now: this.#world.clock.wallMs(), days: listDays },
    });
  }
}
