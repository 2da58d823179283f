/** A device that has registered and renews, in a world that waits; how things go may be changed. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CornerResponse } from '../../contract/index.ts';
import { openDataDirectory, type DataDirectory } from '../../agent/data-directory.ts';
import { Credentials } from '../../agent/identity/credentials.ts';
import { isForKey } from '../../agent/identity/forge.ts';
import { recoveryKeyOf } from '../../agent/identity/recovery-key.ts';
import { register } from '../../agent/identity/registration.ts';
import { renewalFiles, tlsFilesOf } from '../../agent/identity/renewal-files.ts';
import { Renewal, type RenewalNews } from '../../agent/portal/renewal.ts';
import type { Verdict } from '../../agent/portal/trial.ts';
import { freshPath } from './open-ledger.ts';
import { anotherKey, registry, requestFor, someKey, type Registry } from './registry.ts';

export const dayMs = 86_400_000;
export const corner = '0'.repeat(32);
export const retry = { fromMs: 1_000, upToMs: 60_000 };

/** A device that has registered, with what it needs to renew, in a world that waits. */
export const registered = async (portal: Registry = registry()) => {
  const directory = openDataDirectory(dirname(freshPath()));
  onTestFinished(() => directory.release());
  directory.write('registeringKey', someKey);
  const { code } = portal.open();
  const subject = await register({
    ...{ directory, world: portal.world, url: 'mqtts://portal.example:8884' },
    ask: (made) => Promise.resolve(portal.registrar.answer({ ...requestFor(code), ...made })),
    step: () => undefined,
  });
  return { portal, directory, subject };
};

export type Device = Awaited<ReturnType<typeof registered>>;

/** How things go that are not as they should be. */
export interface Oddly {
  readonly directory?: DataDirectory;
  readonly answer?: (response: CornerResponse) => CornerResponse | Promise<CornerResponse>;
  readonly verdict?: () => Verdict;
  readonly freshKey?: () => Promise<string>;
  readonly trust?: 'untrusted' | 'bounded';
}

export const renewing = ({ portal, directory: real, subject }: Device, oddly: Oddly = {}) => {
  const { directory = real, answer = (response) => response } = oddly;
  const news: RenewalNews[] = [];
  const asked: string[] = [];
  const tried: string[] = [];
  let revoked = false;
  const recovery = recoveryKeyOf(real, portal.world.dice);
  const device = `${subject.clientId}/${subject.deviceId}`;
  const credentials = new Credentials(tlsFilesOf(real));
  const renewal = new Renewal({
    ...{ subject, world: portal.world, credentials, retry: () => retry },
    means: {
      files: renewalFiles(directory),
      freshKey: oddly.freshKey ?? (() => Promise.resolve(anotherKey)),
      ask: async (csr) => {
        asked.push(csr);
        const payload = { registrationId: corner, csr, agentVersion: '0' };
        const signed = recovery.sign('renewal', device, payload);
        return answer(portal.renewals.answer(signed, corner));
      },
      attempt: ({ certificate = '' }) => {
        tried.push(certificate);
        return Promise.resolve(oddly.verdict?.() ?? { is: 'good' });
      },
      end: () => undefined,
    },
    trust: () => oddly.trust ?? 'bounded',
    revoked: { get: () => revoked, set: (is) => void (revoked = is) },
    tell: (each) => news.push(each),
  });
  renewal.start();
  /** Lets time go by, and everything that was begun come to its end. */
  const live = async (ms: number) => {
    portal.world.clock.advance(ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { renewal, credentials, news, asked, tried, live };
};

/** What is left of a renewal in the identity's files. */
export const leftOver = ({ directory }: Pick<Device, 'directory'>) =>
  readdirSync(directory.pathOf('identity')).filter((name) => name.startsWith('renew'));

export const inPlace = ({ directory }: Pick<Device, 'directory'>): boolean =>
  isForKey(directory.read('certificate') ?? '', directory.read('privateKey') ?? '');
