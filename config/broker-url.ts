/**
 * Where a broker may be: `mqtts://host:port` anywhere, `mqtt://` without TLS on loopback only.
 */

/** The form of both, also of the one that is refused elsewhere than on loopback. */
export const brokerUrlPattern = '^mqtts?://[^\\s/]+$';

const brokerUrlForm = new RegExp(brokerUrlPattern);

const loopbackForm = /^mqtt:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** Why an address is none to connect to; `undefined` when it is one. */
export const brokerUrlFault = (url: string): string | undefined => {
  if (!brokerUrlForm.test(url)) return 'expected mqtts://host:port';
  if (url.startsWith('mqtts:') || loopbackForm.test(url)) return undefined;
  return 'mqtt:// is for loopback only; use mqtts:// for a broker elsewhere';
};
