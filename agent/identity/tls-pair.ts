/**
 * A certificate, what is sent along with it, and its key, as TLS will take them: proven before they are kept,
 * for what TLS cannot load ends every connection before it begins. A door to node:tls.
 */
import { createSecureContext } from 'node:tls';

/** What keeps TLS from loading them, or `undefined`. All are PEM. */
export const tlsPairFault = (certificates: string, privateKey: string): string | undefined => {
  try {
    createSecureContext({ cert: certificates, key: privateKey });
    return undefined;
  } catch (error) {
    // OpenSSL's reason; a message might quote what it was given.
    const { reason } = error as { readonly reason?: string };
    return `TLS cannot load it (${reason ?? 'no reason given'})`;
  }
};

/** Certificates in one text, as they lie in a file: a device's own first. */
export const chained = (certificate: string, chain: readonly string[]): string =>
  [certificate, ...chain].map((pem) => `${pem.trim()}\n`).join('');
