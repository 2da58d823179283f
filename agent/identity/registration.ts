/**
 * Registration: how a device gets its name, its certificate and the portal's keys, for a one-time code.
 *
 *   key written ─▶ asked ─▶ grant written ─▶ files in place ─▶ grant removed
 *
 * Power may fail between any two of these. The key is made once and asked with again, and for the same key
 * the portal gives the same certificate; a grant that is written is put in place by whoever comes next, the
 * same command or the agent's start, without the portal.
 */
import {
  check,
  isSubject,
  type CornerRefusal,
  type RegistrationRequest,
  RegistrationGrant,
  registrationRefusals,
  type CornerResponse,
  type Subject,
} from '../../contract/index.ts';
import { Type, type Static } from 'typebox';
import { brokerUrlFault } from '../../config/index.ts';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import { agreementMs } from '../ledger/clock-bound.ts';
import { places } from '../places.ts';
import type { World } from '../world.ts';
import { refuseHalfDecommissioned } from './decommission-mark.ts';
import { documentAt } from './document.ts';
import { portalKeysFault } from './portal-trust.ts';
import { recoveryKeyOf } from './recovery-key.ts';
import { chained, tlsPairFault } from './tls-pair.ts';
import { checkTries, countRefusal, forgetTries } from './tries.ts';
import { wrappingKeyOf } from './wrapping-key.ts';
import { certificateFacts, freshPrivateKey, isForKey, signingRequest } from './forge.ts';

/** What is kept of a registration until its files are in place. */
const Kept = Type.Object({
  grant: RegistrationGrant,
  url: Type.String(),
  ca: Type.Optional(Type.String()),
});
type Kept = Static<typeof Kept>;

/** How far a registration is, for whoever waits. */
export type RegistrationStep =
  'key made' | 'asking the portal' | 'certificate received' | 'in place';

/** What the device made for itself, as the portal is told of it. */
export type MadeKeys = Pick<RegistrationRequest, 'csr' | 'recoveryKey' | 'wrappingKey'>;

export interface Registering {
  readonly directory: DataDirectory;
  /** The authority of the broker's certificate, PEM; those of the system unless given. */
  readonly ca?: string;
  readonly world: Pick<World, 'clock' | 'dice' | 'bootId'>;
  /** Where the portal is asked, now and for the next certificate. */
  readonly url: string;
  /** Asks the portal once; rejects with a `StartFault` when there is no answer. */
  readonly ask: (made: MadeKeys) => Promise<CornerResponse>;
  readonly step: (step: RegistrationStep) => void;
}

/** Registers this device; resolves with its name. Throws a `StartFault` that says what to do. */
export const register = async (registering: Registering): Promise<Subject> => {
  const { directory, ca, url, ask, step } = registering;
  refuseHalfDecommissioned(directory);
  const finished = finishRegistration(directory);
  if (finished !== undefined) {
    step('in place');
    return finished;
  }
  if (directory.read('device') !== undefined) {
    throw new StartFault(
      'already_registered',
      `${directory.pathOf('device')} names this device already; name another directory with --data.`,
    );
  }
  if (directory.has(places.ledger)) {
    throw new StartFault(
      'ledger_of_another',
      `${directory.pathOf('ledger')} is the ledger of a device that was here before; put that device's ` +
        'identity back, or name another directory with --data.',
    );
  }
  checkTries(registering);
  const privateKey = registeringKey(directory);
  step('key made');
  step('asking the portal');
  const response = await ask(madeKeys(registering, privateKey));
  if (!response.ok) {
    countRefusal(registering, response.refusal.code);
    throw refusedBy(response);
  }
  forgetTries(registering);
  step('certificate received');
  const grant = check(RegistrationGrant, response);
  const fault = grant.ok ? grantFault(grant.value, privateKey) : grant.why;
  if (fault !== undefined || !grant.ok) {
    throw new StartFault(
      'grant_unsound',
      `The portal's answer cannot be used: ${fault}; ask who runs the portal for a new code.`,
    );
  }
  const kept: Kept = { grant: grant.value, url, ...(ca === undefined ? {} : { ca }) };
  directory.write('registration', `${JSON.stringify(kept)}\n`);
  const subject = finishRegistration(directory);
  step('in place');
  return subject ?? grant.value;
};

/** Puts a grant that was written in place; gives the device's name, or `undefined` when there is none. */
export const finishRegistration = (directory: DataDirectory): Subject | undefined => {
  const remedy = 'remove it and register again with the same code';
  const kept = documentAt(directory, 'registration', Kept, remedy);
  if (kept === undefined) return undefined;
  const { grant, url, ca } = kept;
  const { clientId, deviceId, deviceGroupId, certificate, chain, portalKeys, brokerUrl } = grant;
  const privateKey = directory.read('registeringKey');
  // The key goes last; without it everything is in place but for the grant, which still stands.
  if (privateKey !== undefined) {
    if (ca !== undefined) directory.write('authority', ca);
    directory.write('portalKeys', `${JSON.stringify(portalKeys, null, 2)}\n`);
    const registrationUrl = grant.registrationUrl ?? url;
    directory.write('portal', `${JSON.stringify({ brokerUrl, registrationUrl }, null, 2)}\n`);
    directory.write('certificate', chained(certificate, chain));
    directory.write('privateKey', privateKey);
    directory.write(
      'device',
      `${JSON.stringify({ clientId, deviceId, deviceGroupId }, null, 2)}\n`,
    );
    directory.remove('registeringKey');
  }
  directory.remove('registration');
  return { clientId, deviceId };
};

const Portal = Type.Object({
  brokerUrl: Type.String(),
  registrationUrl: Type.Optional(Type.String()),
});

/** Where the portal said its broker is when this device registered, and where it registered. */
export const registeredPortal = (directory: DataDirectory): Static<typeof Portal> | undefined =>
  documentAt(directory, 'portal', Portal, 'set link.brokerUrl and remove the file');

const madeKeys = ({ directory, world: { dice } }: Registering, privateKey: string): MadeKeys => ({
  csr: signingRequest('registering', privateKey),
  recoveryKey: recoveryKeyOf(directory, dice).publicHalf(),
  wrappingKey: Buffer.from(wrappingKeyOf(directory, dice).publicHalf()).toString('base64'),
});

const registeringKey = (directory: DataDirectory): string => {
  const kept = directory.read('registeringKey');
  if (kept !== undefined) return kept;
  const made = freshPrivateKey();
  directory.write('registeringKey', made);
  return made;
};

/** Why the portal said no in a corner of registration, as a fault. */
export const refusedBy = ({ refusal: { code } }: CornerRefusal): StartFault =>
  new StartFault(
    code,
    isRefusal(code)
      ? registrationRefusals[code].says
      : `The portal refused (${code}); ask who runs it, or update this device.`,
  );

const isRefusal = (code: string): code is keyof typeof registrationRefusals =>
  Object.hasOwn(registrationRefusals, code);

/** What is wrong with a grant; a device that took it could never connect. */
const grantFault = (grant: RegistrationGrant, privateKey: string): string | undefined => {
  const { clientId, deviceId, certificate, chain, brokerUrl, registrationUrl, portalKeys, time } =
    grant;
  if (!isSubject({ clientId, deviceId })) return 'its ids cannot stand in topics';
  if (brokerUrlFault(brokerUrl) !== undefined) return 'its broker has no mqtts:// address';
  if (registrationUrl !== undefined && brokerUrlFault(registrationUrl) !== undefined) {
    return 'its address for registration is no mqtts:// address';
  }
  const keysFault = portalKeysFault(portalKeys);
  if (keysFault !== undefined) return `the portal's key set cannot be used: ${keysFault}`;
  try {
    const { commonName, notBefore } = certificateFacts(certificate);
    if (commonName !== `${clientId}/${deviceId}`) return 'its certificate is made out to another';
    if (notBefore - time > agreementMs) return 'its certificate is not good yet at its own time';
    if (!isForKey(certificate, privateKey)) return 'its certificate is for another key';
    const fault = tlsPairFault(chained(certificate, chain), privateKey);
    return fault === undefined ? undefined : `its certificate is of no use: ${fault}`;
  } catch {
    return 'its certificate cannot be read';
  }
};
