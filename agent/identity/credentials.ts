/** Credentials: what this device shows a broker, and until when; replaced while it runs, when it renews. */
import type { TlsFiles } from '../portal/broker.ts';
import { certificateFacts } from './forge.ts';

/** From when to when a certificate is good, ms since 1970. */
export interface CertificateLife {
  readonly notBefore: number;
  readonly notAfter: number;
  /** When it came, if it came in this run. */
  readonly receivedMs?: number;
}

export class Credentials {
  #tls: TlsFiles;
  #life: CertificateLife | undefined;

  /** Throws a plain sentence when the certificate is none. */
  constructor(tls: TlsFiles) {
    this.#tls = tls;
    this.#life = lifeOf(tls);
  }

  /** What the next connection shows. */
  tls(): TlsFiles {
    return this.#tls;
  }

  /** The life of the certificate; `undefined` for a broker that asks for none. */
  life(): CertificateLife | undefined {
    return this.#life;
  }

  replace(tls: TlsFiles, receivedMs: number): void {
    const life = lifeOf(tls);
    this.#tls = tls;
    this.#life = life && { ...life, receivedMs };
  }
}

const lifeOf = ({ certificate }: TlsFiles): CertificateLife | undefined => {
  if (certificate === undefined) return undefined;
  const { notBefore, notAfter } = certificateFacts(certificate);
  return { notBefore, notAfter };
};

/** When a certificate is to be renewed: once a third of its life is left, of what was left when it came. */
export const renewalDueAt = ({ notBefore, notAfter, receivedMs = 0 }: CertificateLife): number =>
  notAfter - Math.floor((notAfter - Math.max(notBefore, receivedMs)) / 3);
