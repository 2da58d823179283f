/** A registered device with something in its ledger, which is to be decommissioned, and its portal. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { subjectName, type CornerResponse, type Subject } from '../../contract/index.ts';
import { openDataDirectory, type DataDirectory } from '../../agent/data-directory.ts';
import {
  decommission,
  type Decommissioned,
  type Decommissioning,
} from '../../agent/identity/decommission.ts';
import { StartFault } from '../../agent/fault.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import { register } from '../../agent/identity/registration.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Head } from '../../agent/ledger/up-log.ts';
import { seededDice } from '../../simulator/world/dice.ts';
import { orderOf, sealedCard } from '../fixtures/payments.ts';
import { approve, freshPath, openedLedger, store } from './open-ledger.ts';
import { quietWorld } from './quiet-world.ts';
import { registry, requestFor, someKey, type Registry } from './registry.ts';

const corner = '0'.repeat(32);

/** How things go that are not as they should be. */
export interface Oddly {
  readonly directory?: DataDirectory;
  readonly receipt?: string;
  readonly confirm?: boolean;
  readonly step?: Decommissioning['step'];
  readonly openLedger?: Decommissioning['openLedger'];
  /** What the line does with the portal's answer, which it asks for. */
  readonly line?: (answer: () => CornerResponse) => Promise<CornerResponse>;
}

export class LeavingDevice {
  readonly portal: Registry;
  readonly directory: DataDirectory;
  readonly subject: Subject;

  constructor(portal: Registry, directory: DataDirectory, subject: Subject) {
    this.portal = portal;
    this.directory = directory;
    this.subject = subject;
  }

  /** Does something to its ledger while no agent runs. */
  inLedger<R>(act: (ledger: Ledger) => R): R {
    const { ledger } = openedLedger(
      this.portal.world,
      this.directory.pathOf('ledger'),
      this.subject,
    );
    try {
      return act(ledger);
    } finally {
      ledger.close();
    }
  }

  head(): Head {
    return this.inLedger(({ upLog }) => upLog.head());
  }

  /** The portal has all that is in the ledger; the device has heard so, unless it was a file. */
  handOver(how: 'by the link' | 'as a file' = 'by the link'): void {
    const { epoch: upEpoch, seq: upThrough, hash: upHash } = this.head();
    const { devices } = this.portal;
    devices.of(this.subject);
    devices.change(subjectName(this.subject), { upEpoch, upThrough, upHash });
    if (how === 'as a file') return;
    this.inLedger((ledger) => ledger.commit(() => ledger.meta.set('acknowledged', upThrough)));
  }

  /** A receipt of its portal, for the head of the ledger and this device unless it is spoilt. */
  receipt(
    differently: { head?: Partial<Head>; sub?: string; typ?: string; seed?: Uint8Array } = {},
  ) {
    const { keyId, seed } = this.portal.keys.signing;
    const { head, sub = subjectName(this.subject), typ = 'receipt' } = differently;
    const payload = { ...this.head(), at: 1, ...head };
    return signerOf(keyId, differently.seed ?? seed)(payload, { typ, sub });
  }

  decommission(oddly: Oddly = {}): Promise<Decommissioned> {
    const { directory = this.directory, receipt, confirm = true } = oddly;
    const { world, renewals } = this.portal;
    const { line = (answer) => Promise.resolve(answer()) } = oddly;
    const path = this.directory.pathOf('ledger');
    return decommission({
      ...{ directory, wallMs: () => world.clock.wallMs() },
      ...(receipt === undefined ? {} : { receipt }),
      openLedger: oddly.openLedger ?? ((subject) => openedLedger(world, path, subject).ledger),
      ask: (_url, request) =>
        line(() => {
          const asked = request(corner);
          return renewals.answer('signed' in asked ? asked.signed : '', corner);
        }),
      confirm: () => Promise.resolve(confirm),
      step: oddly.step ?? (() => undefined),
    });
  }

  /** Files below the data directory, but for the lock. */
  files(): string[] {
    return readdirSync(this.directory.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('agent.lock'))
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.directory.path.length + 1))
      .sort();
  }

  /** Which of these bytes still stand in a file of the data directory. */
  found(secrets: readonly Uint8Array[]): string[] {
    return this.files().filter((file) => {
      const bytes = readFileSync(join(this.directory.path, file));
      return secrets.some((secret) => bytes.includes(Buffer.from(secret)));
    });
  }

  /** An export with frames, where the command puts it. */
  exported(text: string): void {
    mkdirSync(this.directory.pathOf('exports'), { mode: 0o700 });
    const file = join(this.directory.pathOf('exports'), 'ledger-1-1.frames.jsonl');
    writeFileSync(file, text, { mode: 0o600 });
  }
}

/** A device that has registered; nobody ran an agent on it yet. */
export const leavingDevice = async (portal: Registry = registry()): Promise<LeavingDevice> => {
  const directory = openDataDirectory(dirname(freshPath()));
  onTestFinished(() => directory.release());
  return new LeavingDevice(portal, directory, await registerOn(directory, portal));
};

/** Registers on a data directory, with a key that need not be made. */
export const registerOn = (directory: DataDirectory, portal: Registry): Promise<Subject> => {
  directory.write('registeringKey', someKey);
  const { code } = portal.open();
  return register({
    ...{ directory, world: quietWorld({ dice: seededDice(code) }) },
    ...{ url: 'mqtts://portal.example:8884', ca: 'authority' },
    ask: (made) => Promise.resolve(portal.registrar.answer({ ...requestFor(code), ...made })),
    step: () => undefined,
  });
};

const system = { name: 'System', number: 1 };

/** The card data of the sale that a loaded device stored. */
export const card = sealedCard(1);

/** Why a device did not go. */
export const faultOf = async (attempted: Promise<unknown>): Promise<StartFault> => {
  const fault: unknown = await attempted.catch((error: unknown) => error);
  if (fault instanceof StartFault) return fault;
  throw new Error(`It went on: ${JSON.stringify(fault)}`);
};

/** Whether it is half out of service. */
export const isMarked = ({ directory }: Pick<LeavingDevice, 'directory'>): boolean =>
  existsSync(directory.pathOf('decommission'));

/** A device with a sale the portal has decided, and heard of. */
export const tidyDevice = async (): Promise<LeavingDevice> => {
  const device = await leavingDevice();
  device.inLedger((ledger) => approve(ledger, orderOf(1), 1));
  device.handOver();
  return device;
};

/** A device with a sale that was stored and never sent. */
export const loadedDevice = async (): Promise<LeavingDevice> => {
  const device = await leavingDevice();
  device.inLedger((ledger) => {
    ledger.commit(() => ledger.batches.ensure(system, 1));
    store(ledger, orderOf(1), 1, card);
  });
  device.handOver('as a file');
  return device;
};

/** How often its portal told of something. */
export const countOf = ({ portal }: LeavingDevice, is: string) =>
  portal.told.filter((each) => each.is === is).length;

/** Where its ledger goes. */
export const recordOf = ({ subject }: LeavingDevice): string =>
  `decommissioned/${subject.clientId}-${subject.deviceId}.sqlite`;
