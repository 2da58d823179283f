/**
 * The authority a broker offers: a first TLS connection that says nothing and believes nothing, to see the
 * certificates the broker shows. The one whose fingerprint stands in the registration code is trusted from
 * then on, by the second connection, which checks everything. A door to node:tls.
 */
import { connect, type ConnectionOptions, type DetailedPeerCertificate } from 'node:tls';
import { StartFault } from '../fault.ts';
import { fingerprintOf } from '../identity/fingerprint.ts';
import { connectionFault } from './connection-fault.ts';

/** How long the broker may take to show its certificates, ms. */
const showWithinMs = 15_000;
/** The most certificates that are looked at. */
const chainMost = 8;
const portUsual = 8_883;

/** The certificate of this fingerprint in what the broker shows, PEM. Rejects with a `StartFault`. */
export const offeredAuthority = (
  url: string,
  fingerprint: string,
  nowMs: number,
): Promise<string> => {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // Nothing is asked or told here; what is shown counts only by its fingerprint.
    const options: ConnectionOptions = {
      ...{ host, port: port === '' ? portUsual : Number(port) },
      rejectUnauthorized: false,
    };
    const socket = connect(options);
    socket.setTimeout(showWithinMs, () => socket.destroy(new Error('ETIMEDOUT')));
    socket.once('error', (error: Error) => reject(connectionFault(url, error.message, nowMs)));
    socket.once('secureConnect', () => {
      const found = chainOf(socket.getPeerCertificate(true)).find(
        ({ raw }) => fingerprintOf(raw) === fingerprint,
      );
      socket.destroy();
      if (found === undefined) reject(notShown(hostname));
      else resolve(pemOf(found.raw));
    });
  });
};

const notShown = (host: string): StartFault =>
  new StartFault(
    'portal_not_trusted',
    `${host} shows no certificate with the fingerprint in the code; read the code again, or name its ` +
      'authority with --ca FILE.',
  );

const chainOf = (first: DetailedPeerCertificate): DetailedPeerCertificate[] => {
  const chain = [first];
  for (let last = first; chain.length < chainMost;) {
    const next = last.issuerCertificate as DetailedPeerCertificate | undefined;
    // The last one names itself.
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    last = next;
  }
  return chain;
};

const pemOf = (der: Uint8Array): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};
