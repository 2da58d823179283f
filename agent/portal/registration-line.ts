/**
 * The line of a registration: one connection to the portal's broker without a name, one request, one answer,
 * in a corner only this connection may use. A device that has a name asks here too, for its next certificate.
 */
import { check, CornerResponse, topicOf, type CornerRequest } from '../../contract/index.ts';
import { StartFault } from '../fault.ts';
import type { World } from '../world.ts';
import type { BrokerSession, Dial } from './broker.ts';
import { connectionFault } from './connection-fault.ts';

/** How long the connection and the answer may take together, ms. */
export const registerWithinMs = 30_000;

/** After so long without an answer the same is asked again, ms: the same question has the same answer. */
const againMs = 3_000;

const keepaliveSeconds = 30;
const idBytes = 16;

export interface RegistrationLine {
  readonly world: World;
  readonly dial: Dial;
  /** The listener for registration: mqtts://host:port, or mqtt:// on loopback. */
  readonly url: string;
  readonly ca?: string;
}

/**
 * Asks what `request` makes for the corner that is used, the same again while nobody answers; rejects with a
 * `StartFault` that says why there was no answer.
 */
export const askInCorner = (
  { world, dial, url, ca }: RegistrationLine,
  request: (registrationId: string) => CornerRequest,
): Promise<CornerResponse> => {
  const registrationId = Buffer.from(world.dice.bytes(idBytes)).toString('hex');
  const topicTo = (side: 'req' | 'res') => topicOf({ is: 'registration', registrationId, side });
  return new Promise((resolve, reject) => {
    const end = (how: () => void) => {
      callOff();
      callOffAgain();
      // First of all: closing a session is one more thing it tells.
      how();
      session.close('at once');
    };
    const fail = (fault: StartFault) => end(() => reject(fault));
    const silent = new StartFault(
      'portal_silent',
      `${url} did not answer within ${registerWithinMs / 1_000} s; try again with the same code.`,
    );
    const callOff = world.clock.after(registerWithinMs, () => fail(silent));
    let callOffAgain: () => void = () => undefined;
    const tell = (session: BrokerSession) =>
      session.subscribe([topicTo('res')], (refusal) => {
        if (refusal !== undefined) fail(notForRegistration(url, refusal));
        else {
          const payload = JSON.stringify(request(registrationId));
          const say = () => {
            session.publish({ topic: topicTo('req'), payload, qos: 1, retained: false });
            callOffAgain = world.clock.after(againMs, say);
          };
          say();
        }
      });
    const session = dial(
      {
        ...{ url, clientId: registrationId, keepaliveSeconds, connectWithinMs: registerWithinMs },
        // mqtt.js would speak TLS to an mqtt:// broker too once it holds a certificate.
        ...(ca === undefined || !url.startsWith('mqtts:') ? {} : { tls: { ca } }),
      },
      (event) => {
        if (event.is === 'connected') tell(session);
        if (event.is === 'closed') fail(connectionFault(url, event.why, world.clock.wallMs()));
        if (event.is !== 'heard' || event.topic !== topicTo('res')) return;
        const response = responseOf(event.payload);
        if (response !== undefined) end(() => resolve(response));
      },
    );
  });
};

const notForRegistration = (url: string, refusal: string): StartFault =>
  new StartFault(
    'registration_not_here',
    `${url} does not let a device register (${refusal}); name the portal's address for registration.`,
  );

const responseOf = (payload: Uint8Array): CornerResponse | undefined => {
  try {
    const checked = check(CornerResponse, JSON.parse(Buffer.from(payload).toString('utf8')));
    return checked.ok ? checked.value : undefined;
  } catch {
    return undefined;
  }
};
