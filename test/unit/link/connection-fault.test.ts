/** Why a connection did not come up: what Node and OpenSSL say, and what a technician hears of it. */
import { expect, test } from 'vitest';
import { connectionFault } from '../../../agent/portal/connection-fault.ts';

const url = 'mqtts://portal.example:8884';
const now = Date.UTC(1970, 0, 1, 0, 5);

test.each([
  ['getaddrinfo ENOTFOUND portal.example', 'portal_not_found', /has DNS/],
  ['getaddrinfo EAI_AGAIN portal.example', 'portal_not_found', /has DNS/],
  ['certificate is not yet valid', 'clock_or_certificate_wrong', /1970-01-01T00:05:00.000Z/],
  ['certificate has expired', 'clock_or_certificate_wrong', /set the clock/],
  [
    "Hostname/IP does not match certificate's altnames: Host: portal.example. is not in the cert's altnames",
    'portal_has_another_name',
    /not made out to portal\.example/,
  ],
  ['self-signed certificate in certificate chain', 'portal_not_trusted', /--ca FILE/],
  ['unable to get local issuer certificate', 'portal_not_trusted', /--ca FILE/],
  ['unable to verify the first certificate', 'portal_not_trusted', /--ca FILE/],
  ['wrong version number', 'portal_speaks_no_tls', /check the port/],
  ['tlsv13 alert certificate required', 'portal_wants_certificate', /where devices register/],
  [
    'connect ECONNREFUSED 192.0.2.1:8884',
    'portal_unreachable',
    /check the address and the network/,
  ],
  ['connack timeout', 'portal_unreachable', /then try again/],
])('%s', (why, code, says) => {
  const fault = connectionFault(url, why, now);
  expect(fault.code).toBe(code);
  expect(fault.message).toMatch(says);
});

test.each(['read ECONNRESET', 'write EPIPE', 'closed by the broker'])(
  'plain MQTT where TLS is spoken: %s',
  (why) => {
    const fault = connectionFault('mqtt://127.0.0.1:8884', why, now);
    expect(fault.code).toBe('portal_wants_tls');
    expect(fault.message).toMatch(/mqtts:\/\//);
    expect(connectionFault(url, why, now).code).toBe('portal_unreachable');
  },
);
