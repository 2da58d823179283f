/** Why a connection did not come up, as a sentence for whoever stands before the device. */
import { StartFault } from '../fault.ts';

interface Row {
  readonly form: RegExp;
  readonly code: string;
  readonly says: (host: string, now: string) => string;
}

/** What OpenSSL and the system say, and what it means; the first row that fits. */
const rows: readonly Row[] = [
  {
    form: /ENOTFOUND|EAI_AGAIN/,
    code: 'portal_not_found',
    says: (host) =>
      `No computer is called ${host}; check the address, and that this device has DNS.`,
  },
  {
    form: /has expired|not yet valid/i,
    code: 'clock_or_certificate_wrong',
    says: (host, now) =>
      `The certificate of ${host} is not valid at this device's time (${now}); set the clock if that is ` +
      'wrong, else ask who runs the portal.',
  },
  {
    form: /certificate.required|handshake.failure|alert.number.(40|116)/i,
    code: 'portal_wants_certificate',
    says: (host) =>
      `${host} wants a certificate on this port: that is for registered devices; name the port where ` +
      'devices register.',
  },
  {
    form: /altname|does not match|IP:|Host:/i,
    code: 'portal_has_another_name',
    says: (host) =>
      `The certificate there is not made out to ${host}; use the name it is made out to.`,
  },
  {
    form: /self.signed|unable to (get|verify)|issuer|unknown ca/i,
    code: 'portal_not_trusted',
    says: (host) =>
      `The certificate of ${host} is from an authority this device does not know; name it with --ca FILE.`,
  },
  {
    form: /wrong version number|packet length too long|EPROTO|before secure TLS/i,
    code: 'portal_speaks_no_tls',
    says: (host) => `${host} does not speak TLS on this port; check the port of the address.`,
  },
];

/** Plain MQTT at a port that speaks TLS: the broker takes the first bytes for nonsense, and goes. */
const cutForm = /ECONNRESET|EPIPE|closed/i;

/** The fault of a connection to a portal's address that ended before it was of use. */
export const connectionFault = (url: string, why: string, nowMs: number): StartFault => {
  const host = hostOf(url);
  const row = rows.find(({ form }) => form.test(why));
  if (row !== undefined) {
    return new StartFault(row.code, row.says(host, new Date(nowMs).toISOString()));
  }
  if (url.startsWith('mqtt:') && cutForm.test(why)) {
    return new StartFault(
      'portal_wants_tls',
      `${url} ended the connection at once (${why}); if it speaks TLS on this port, write mqtts:// instead.`,
    );
  }
  return new StartFault(
    'portal_unreachable',
    `${url} cannot be reached (${why}); check the address and the network, then try again.`,
  );
};

const hostOf = (url: string): string => {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
};
