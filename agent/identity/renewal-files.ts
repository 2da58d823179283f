/**
 * The files of a renewal. The old certificate and key stay in place until the new ones were tried:
 *
 *   key made ─▶ asked ─▶ certificate kept ─▶ tried ─▶ both in place ─▶ nothing left over
 *
 * Power may fail between any two of these. The key is made once and asked with again, and for the same key
 * the portal gives the same certificate; what was tried is put in place by whoever comes next.
 */
import { Type } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import type { TlsFiles } from '../portal/broker.ts';
import { StartFault } from '../fault.ts';
import { documentAt } from './document.ts';

const Kept = Type.Object({ certificate: Type.String(), wasTried: Type.Boolean() });

export interface RenewalFiles {
  /** The key the next certificate is for, if one was made. */
  key(): string | undefined;
  keepKey(privateKey: string): void;
  /** The certificate that is still to be tried, if the portal has given one. */
  certificate(): string | undefined;
  keepCertificate(certificate: string): void;
  /** Puts both in the place of the old ones; called again after a power cut it goes on where it was. */
  putInPlace(): void;
  /** Forgets what cannot be used; the next renewal begins with another key. */
  forget(): void;
}

export const renewalFiles = (directory: DataDirectory): RenewalFiles => {
  const kept = () => keptIn(directory);
  const keep = (certificate: string, wasTried: boolean) =>
    directory.write('renewal', `${JSON.stringify({ certificate, wasTried })}\n`);
  return {
    key: () => directory.read('renewingKey'),
    keepKey: (privateKey) => directory.write('renewingKey', privateKey),
    certificate: () => kept()?.certificate,
    keepCertificate: (certificate) => keep(certificate, false),
    putInPlace: () => {
      const certificate = kept()?.certificate;
      if (certificate === undefined) return;
      keep(certificate, true);
      finish(directory);
    },
    forget: () => {
      directory.remove('renewal');
      directory.remove('renewingKey');
    },
  };
};

const keptIn = (directory: DataDirectory) =>
  documentAt(directory, 'renewal', Kept, 'remove it; the device renews again');

/**
 * Finishes a renewal whose certificate was tried, and that a power cut left half in place. A note that cannot
 * be read is dropped: with the key that is left the portal is asked again, and gives the same certificate.
 * Says why it dropped one.
 */
export const finishRenewal = (directory: DataDirectory): string | undefined => {
  try {
    finish(directory);
    return undefined;
  } catch (error) {
    if (!(error instanceof StartFault) || error.code !== 'identity_malformed') throw error;
    directory.remove('renewal');
    return error.message;
  }
};

const finish = (directory: DataDirectory): void => {
  const kept = keptIn(directory);
  if (kept?.wasTried !== true) return;
  const privateKey = directory.read('renewingKey');
  // Without the key everything is in place but for the note that says so.
  if (privateKey !== undefined) {
    directory.write('certificate', kept.certificate);
    directory.write('privateKey', privateKey);
    directory.remove('renewingKey');
  }
  directory.remove('renewal');
};

/** What a device shows a broker, as it lies in its files. */
export const tlsFilesOf = (directory: DataDirectory): TlsFiles => {
  const ca = directory.read('authority');
  const certificate = directory.read('certificate');
  const privateKey = directory.read('privateKey');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
};
