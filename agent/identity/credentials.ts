/** Credentials: what this device shows a broker, and until when; replaced while it runs, when it renews. */
import type { TlsFiles } from '../portal/broker.ts';
import { certificateFacts } from './forge.ts';

/** From when to when a certificate is good, ms since 1970. */
export interface CertificateLife {
  readonly notBefore: number;
  readonly notAfter: number;
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

  replace(tls: TlsFiles): void {
    this.#tls = tls;
    this.#life = lifeOf(tls);
  }
}

const lifeOf = ({ certificate }: TlsFiles): CertificateLife | undefined => {
  if (certificate === undefined) return undefined;
  const { notBefore, notAfter } = certificateFacts(certificate);
  return { notBefore, notAfter };
};

/** When a certificate is to be renewed: once a third of its life is left. */
export const renewalDueAt = ({ notBefore, notAfter }: CertificateLife): number =>
  notAfter - Math.floor((notAfter - notBefore) / 3);
