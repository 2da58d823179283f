/** The trial of a certificate: a second connection to the broker, beside the one that works. */
import { subjectName, topicOf, type Subject } from '../../contract/index.ts';
import { tlsPairFault } from '../identity/tls-pair.ts';
import type { BrokerSession, Dial, TlsFiles } from './broker.ts';

/** Of use; refused, because of what was shown; or nobody there to ask. */
export type Verdict =
  { readonly is: 'good' } | { readonly is: 'refused' | 'unreachable'; readonly why: string };

export interface Trying {
  readonly dial: Dial;
  readonly url: string;
  readonly subject: Subject;
  readonly tls: TlsFiles;
  readonly connectWithinMs: number;
}

const keepaliveSeconds = 30;

/** What brokers and OpenSSL say when it is the certificate they do not want. */
const refusalForm = /certificate|alert|not authori[sz]ed|handshake/i;

/** Whether a connection ended because of what was shown, not because nobody was there. */
export const isAboutCertificate = (why: string, code: number | undefined): boolean =>
  refusalForm.test(why) || code === 5 || code === 0x87;

/** Connects with what is to be tried, asks for something only this device may have, and goes. */
export const tryCertificate = (trying: Trying): Promise<Verdict> => {
  const { dial, url, subject, tls, connectWithinMs } = trying;
  // What cannot be shown at all was refused by nobody, and never will be of use.
  const { certificate = '', privateKey = '' } = tls;
  const fault = url.startsWith('mqtts:') ? tlsPairFault(certificate, privateKey) : undefined;
  if (fault !== undefined) return Promise.resolve({ is: 'refused', why: fault });
  return new Promise((resolve) => {
    const end = (verdict: Verdict) => {
      resolve(verdict);
      session.close('at once');
    };
    const ask = (session: BrokerSession) => {
      const presence = topicOf({ is: 'device', subject, channel: 'presence' });
      session.subscribe([presence], (why) =>
        end(why === undefined ? { is: 'good' } : { is: 'refused', why }),
      );
    };
    // mqtt.js would speak TLS to an mqtt:// broker too once it holds a certificate.
    const shown = url.startsWith('mqtts:') ? { tls } : {};
    // By a name of its own: the connection that works is not to be taken over.
    const clientId = `${subjectName(subject)}/renewed`;
    const session = dial(
      { url, clientId, keepaliveSeconds, connectWithinMs, ...shown },
      (event) => {
        if (event.is === 'connected') ask(session);
        if (event.is !== 'closed') return;
        const { why, code } = event;
        end({ is: isAboutCertificate(why, code) ? 'refused' : 'unreachable', why });
      },
    );
  });
};
