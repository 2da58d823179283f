/**
 * Renewal: sees to it that the device has a certificate that is good. It asks for the next one when a third
 * of the present one's life is left, or when the broker does not want it any more, on the line of
 * registration, with the recovery key: the same way in good days and once the certificate has expired. The
 * new one is tried on a second connection before it takes the place of the old.
 */
import {
  check,
  RenewalGrant,
  subjectName,
  type ClockTrust,
  type CornerResponse,
  type IdentityState,
  type Subject,
} from '../../contract/index.ts';
import { StartFault } from '../fault.ts';
import { renewalDueAt, type Credentials } from '../identity/credentials.ts';
import { certificateFacts, isForKey, signingRequest } from '../identity/forge.ts';
import type { RenewalFiles } from '../identity/renewal-files.ts';
import { chained, tlsPairFault } from '../identity/tls-pair.ts';
import type { World } from '../world.ts';
import type { TlsFiles } from './broker.ts';
import type { Verdict } from './trial.ts';

/** How often it is looked whether it is time, ms; the wall clock may have jumped. */
const lookEveryMs = 3_600_000;
const stopped = 'the agent has stopped';

/** Trials in a row that reach nobody before a certificate is given up, and another asked for. */
export const unreachedMost = 8;

/** The least time between two renewals, ms: a certificate that is due already is no better than none. */
const apartMs = 5_000;

/** How much longer than others a device waits that is revoked. */
export const revokedPatience = 6;

export type RenewalNews =
  | { readonly is: 'renewing'; readonly why: string }
  | { readonly is: 'renewed'; readonly until: number }
  | { readonly is: 'renewal failed'; readonly why: string; readonly waitMs: number }
  | { readonly is: 'revoked' }
  | { readonly is: 'reinstated' };

/** What a renewal needs of the world outside. */
export interface RenewalMeans {
  readonly files: RenewalFiles;
  /** Makes a private key, PEM; takes a moment. */
  readonly freshKey: () => Promise<string>;
  /** Asks the portal for a certificate, once; rejects with a `StartFault` when there is no answer. */
  readonly ask: (csr: string) => Promise<CornerResponse>;
  readonly attempt: (tls: TlsFiles) => Promise<Verdict>;
  /** Ends at once what is being asked or tried. */
  readonly end: () => void;
}

export interface RenewalParts {
  readonly subject: Subject;
  readonly world: World;
  readonly credentials: Credentials;
  /** Left out where nobody is to be asked: the device has been given its certificate by hand. */
  readonly means: RenewalMeans | undefined;
  readonly trust: () => ClockTrust;
  /** Where it is written that the portal has revoked this device. */
  readonly revoked: { get(): boolean; set(isRevoked: boolean): void };
  /** The first and the longest wait after a failure, ms. */
  readonly retry: () => { readonly fromMs: number; readonly upToMs: number };
  readonly tell: (news: RenewalNews) => void;
}

export class Renewal {
  readonly #parts: RenewalParts;
  #failures = 0;
  #unreached = 0;
  #isUnderWay = false;
  #isStopped = false;
  #callOff: () => void = () => undefined;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** Looks from now on when it is time. */
  start(): void {
    if (this.#parts.means !== undefined) this.#wait(this.#untilDue());
  }

  /** The shortest wait of a device that need not hurry, because it was revoked, ms; else 0. */
  patienceMs(): number {
    const { revoked, retry } = this.#parts;
    return revoked.get() ? revokedPatience * retry().upToMs : 0;
  }

  /** Nothing is asked, tried or written any more. */
  stop(): void {
    this.#isStopped = true;
    this.#callOff();
    this.#parts.means?.end();
  }

  state(): IdentityState {
    const { credentials, revoked } = this.#parts;
    if (revoked.get()) return 'revoked';
    const life = credentials.life();
    if (life !== undefined && this.#now() >= life.notAfter) return 'expired';
    return this.#isUnderWay || this.#failures > 0 ? 'renewing' : 'active';
  }

  /** The broker does not want the certificate: the portal is asked why, unless it was just now. */
  doubt(why: string): void {
    const { means } = this.#parts;
    if (means === undefined || this.#isUnderWay || this.#failures > 0) return;
    this.#callOff();
    void this.#renew(means, why);
  }

  /** Somebody waits: asks now, if there is something to ask for. */
  now(): void {
    const { means } = this.#parts;
    const isDue = this.#failures > 0 || this.#untilDue() === 0;
    if (means === undefined || this.#isUnderWay || !isDue) return;
    this.#callOff();
    void this.#renew(means, 'somebody waits for it');
  }

  #now(): number {
    const { world, trust } = this.#parts;
    // A clock that is wrong makes nothing expire.
    return trust() === 'untrusted' ? 0 : world.clock.wallMs();
  }

  #untilDue(): number {
    const life = this.#parts.credentials.life();
    return life === undefined ? Infinity : Math.max(0, renewalDueAt(life) - this.#now());
  }

  #wait(ms: number): void {
    const { world, means } = this.#parts;
    const { clock, dice } = world;
    // A street of devices does not look in the same moment.
    const look = Math.round(lookEveryMs * (0.9 + 0.2 * dice.fraction()));
    this.#callOff = clock.after(Math.min(ms, look), () => {
      if (this.#failures === 0 && this.#untilDue() > 0) this.#wait(this.#untilDue());
      else if (means !== undefined) void this.#renew(means, 'a third of its life is left');
    });
  }

  async #renew(means: RenewalMeans, why: string): Promise<void> {
    const { tell, credentials } = this.#parts;
    this.#isUnderWay = true;
    tell({ is: 'renewing', why });
    const failed = await this.#steps(means).catch((error: unknown) => {
      if (error instanceof StartFault) return error.message;
      // Whatever it is, it costs this try and not the shop; a message might quote a key.
      return `an unexpected ${error instanceof Error ? error.name : 'fault'}`;
    });
    this.#isUnderWay = false;
    if (this.#isStopped) return;
    if (failed === undefined) tell({ is: 'renewed', until: credentials.life()?.notAfter ?? 0 });
    if (failed === undefined && this.#untilDue() >= apartMs) {
      this.#failures = 0;
      this.#wait(this.#untilDue());
      return;
    }
    const waitMs = Math.max(failed === undefined ? apartMs : 0, this.#waitAfterFailure());
    tell({ is: 'renewal failed', why: failed ?? 'the new one is due already', waitMs });
    this.#wait(waitMs);
  }

  /** Every step that is still to be done; resolves with why it went no further, or with nothing. */
  async #steps(means: RenewalMeans): Promise<string | undefined> {
    const { files, freshKey } = means;
    const privateKey = files.key() ?? (await freshKey());
    if (this.#isStopped) return stopped;
    if (files.key() === undefined) files.keepKey(privateKey);
    if (files.certificate() === undefined) {
      const why = await this.#granted(means, privateKey);
      if (why !== undefined) return why;
    }
    return this.#tried(means, privateKey);
  }

  async #granted({ files, ask }: RenewalMeans, privateKey: string): Promise<string | undefined> {
    const request = requestFor(subjectName(this.#parts.subject), privateKey);
    if (request === undefined) {
      files.forget();
      return 'the key that was made for it cannot be read; another is made';
    }
    const response = await ask(request);
    if (this.#isStopped) return stopped;
    if (!response.ok) return this.#refusedFor(response.refusal.code);
    this.#noteGranted();
    const grant = check(RenewalGrant, response);
    const fault = grant.ok ? this.#faultOf(grant.value, privateKey) : grant.why;
    if (fault !== undefined || !grant.ok) return `the portal's answer is of no use: ${fault}`;
    files.keepCertificate(chained(grant.value.certificate, grant.value.chain));
    return undefined;
  }

  async #tried({ files, attempt }: RenewalMeans, privateKey: string): Promise<string | undefined> {
    const { credentials } = this.#parts;
    const tls = { ...credentials.tls(), certificate: files.certificate() ?? '', privateKey };
    const verdict = await attempt(tls);
    if (this.#isStopped) return stopped;
    this.#unreached = verdict.is === 'unreachable' ? this.#unreached + 1 : 0;
    if (verdict.is === 'refused' || this.#unreached >= unreachedMost) {
      this.#unreached = 0;
      files.forget();
    }
    if (verdict.is !== 'good') return `the new certificate was ${verdict.is}: ${verdict.why}`;
    files.putInPlace();
    credentials.replace(tls, this.#now());
    return undefined;
  }

  #noteGranted(): void {
    const { revoked, tell } = this.#parts;
    if (!revoked.get()) return;
    revoked.set(false);
    tell({ is: 'reinstated' });
  }

  #refusedFor(code: string): string {
    const { revoked, tell } = this.#parts;
    if (code === 'revoked' && !revoked.get()) {
      revoked.set(true);
      tell({ is: 'revoked' });
    }
    return code === 'device_unknown'
      ? 'the portal does not know this device, or not its recovery key (device_unknown); restore ' +
          'identity/recovery.key from a backup, or register it with a new code'
      : `the portal refused (${code})`;
  }

  #faultOf({ certificate, chain }: RenewalGrant, privateKey: string): string | undefined {
    try {
      const { commonName } = certificateFacts(certificate);
      if (commonName !== subjectName(this.#parts.subject)) return 'it is made out to another';
      if (!isForKey(certificate, privateKey)) return 'it is for another key';
      return tlsPairFault(chained(certificate, chain), privateKey);
    } catch {
      return 'it cannot be read';
    }
  }

  #waitAfterFailure(): number {
    const { world } = this.#parts;
    const retry = this.#parts.retry();
    const doubled = Math.min(retry.upToMs, retry.fromMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    const usual = Math.round(doubled * (0.5 + 0.5 * world.dice.fraction()));
    return Math.max(this.patienceMs(), usual);
  }
}

const requestFor = (device: string, privateKey: string): string | undefined => {
  try {
    return signingRequest(device, privateKey);
  } catch {
    return undefined;
  }
};
