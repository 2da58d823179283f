/** The bench: a portal on a real broker, with devices and cards for it. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type {
  AuthorizeBody,
  CardType,
  Entry,
  FactBody,
  FollowUpBody,
  FollowUpType,
  HostAnswer,
  LiveResponse,
  MoneyKind,
  ReversalReason,
  Subject,
  TransactionType,
} from '../../../contract/index.ts';
import { subjectName } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { accountDataContext, sealerTo } from '../../../agent/identity/hpke.ts';
import { newId } from '../../../agent/identity/identifiers.ts';
import { nodeWorld } from '../../../agent/node-world.ts';
import { mqttDial } from '../../../agent/portal/mqtt.ts';
import { startBroker, type Broker } from '../../../simulator/broker.ts';
import type { Registering } from '../../../simulator/portal/certificates.ts';
import type { PortalEvent } from '../../../simulator/portal/events.ts';
import { openHost, type Host } from '../../../simulator/portal/host.ts';
import { portalKeys } from '../../../simulator/portal/keys.ts';
import { startPortal, type Portal, type PortalOptions } from '../../../simulator/portal/portal.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { encrypt, keyFor, testBaseKey } from '../../../simulator/readers/dukpt.ts';
import { until } from '../../../simulator/shop/until.ts';
import { ScriptedDevice, type Attached } from './scripted-device.ts';

export const world = nodeWorld('.');
export const keys = portalKeys({
  signing: new Uint8Array(randomBytes(32)),
  sealing: new Uint8Array(randomBytes(32)),
});
export const batch = { name: 'System', number: 1 };

const card = {
  maskedPan: '411111******1111',
  expiry: '4912',
  brand: 'visa',
  entryMode: 'stripe',
} as const;
const ksn = 'FFFF9876543210E00004';

/** What a reader seals: its tracks encrypted under DUKPT. */
export const encryptedAccount = (tracks: readonly string[] = testCards.visa.tracks): object => {
  const key = keyFor('pin', testBaseKey, ksn);
  const hex = (track: string) =>
    track === '' ? '' : encrypt(key, Buffer.from(track, 'latin1')).toString('hex').toUpperCase();
  return { scheme: 'magtek-dukpt-tdes', ksn, tracks: tracks.map(hex) };
};

/** Account data as it is sealed for one transaction of a device. */
export const sealedFor = (
  subject: Subject,
  transactionId: string,
  account: object = encryptedAccount(),
): Uint8Array =>
  sealerTo(keys.sealing.key)(
    Buffer.from(JSON.stringify(account)),
    accountDataContext(subjectName(subject), transactionId),
    world.dice.bytes(32),
  );

export interface Sale {
  readonly transactionId: string;
  readonly attemptId: string;
  readonly value: number;
}

export const newSale = (value = 1_000): Sale => ({
  transactionId: newId('txn', world),
  attemptId: newId('att', world),
  value,
});

/** The fact of a stored sale, with its attachment. */
export const stored = (
  subject: Subject,
  { transactionId, attemptId, value }: Sale,
  how: { account?: object; afterAttemptId?: string; maskedPan?: string; type?: CardType } = {},
): Attached => {
  const sealed = sealedFor(subject, transactionId, how.account);
  const body: FactBody<'transaction.stored'> = {
    ...{ transactionId, attemptId, type: how.type ?? 'sale', batch },
    amount: { value, currency: 'USD' },
    card: { ...card, maskedPan: how.maskedPan ?? card.maskedPan },
    sealed: { keyId: keys.sealing.keyId, digest: sha256(sealed) },
    ...(how.afterAttemptId === undefined ? {} : { afterAttemptId: how.afterAttemptId }),
  };
  return { fact: { type: 'transaction.stored', body }, sealed };
};

export const reversal = (
  { transactionId, attemptId, value }: Sale,
  reason: ReversalReason = 'no_answer',
): Attached => ({
  fact: {
    type: 'reversal',
    body: { transactionId, attemptId, amount: { value, currency: 'USD' }, reason },
  },
});

/** The fact of an outcome the device settled itself: an approval unless told otherwise. */
export const finished = (
  { transactionId, attemptId, value }: Sale,
  how: Partial<FactBody<'transaction.finished'>> = {},
): Attached => {
  const approval = { outcome: 'approved' as const, responseCode: '00', approvalCode: 'A1B2C3' };
  const body: FactBody<'transaction.finished'> = {
    ...{ transactionId, attemptId, amount: { value, currency: 'USD' }, batch },
    ...(how.outcome === undefined ? approval : { outcome: how.outcome }),
    ...how,
  };
  return { fact: { type: 'transaction.finished', body } };
};

const operator = { userId: 'usr_anna', role: 'supervisor' };

/** Somebody at the device parks something, or lets it go on. */
export const held = ({ transactionId, attemptId }: Sale): Attached => ({
  fact: { type: 'transaction.held', body: { transactionId, attemptId, by: operator } },
});
export const released = ({ transactionId, attemptId }: Sale): Attached => ({
  fact: { type: 'transaction.released', body: { transactionId, attemptId, by: operator } },
});

/** A word, as a device tells that it has taken it. */
export const taken = ({ seq, id, type, body }: Entry, epoch = 1): Attached => {
  const fact: FactBody<'word.taken'> = { epoch, seq, id, type, content: body, applied: true };
  return { fact: { type: 'word.taken', body: fact } };
};

/** Something about an original: no card is read for it. */
export interface FollowUp extends Sale {
  readonly type: FollowUpType;
  readonly originalTransactionId: string;
}

export const newFollowUp = (
  type: FollowUpType,
  { transactionId: originalTransactionId, value: most }: Sale,
  value: number = most,
): FollowUp => ({ ...newSale(value), type, originalTransactionId });

/** The fact of an advice. */
export const advised = (followUp: FollowUp): Attached => {
  const { transactionId, attemptId, type, originalTransactionId, value } = followUp;
  const amount = { value, currency: 'USD' };
  const body: FactBody<'transaction.advised'> = {
    ...{ transactionId, attemptId, type, originalTransactionId, amount, card, batch },
    reason: 'no_host',
  };
  return { fact: { type: 'transaction.advised', body } };
};

/** The key a sale was asked under: one of its own. */
const keyOf = ({ transactionId }: Sale) => ({
  application: 'pos',
  keyHash: sha256(`key of ${transactionId}`),
});

/** A fact that has nothing to do with money at the host. */
export const created = (sale: Sale = newSale()): Attached => ({
  fact: {
    type: 'transaction.created',
    body: {
      ...{ transactionId: sale.transactionId, type: 'sale', batch },
      ...{ amount: { value: sale.value, currency: 'USD' }, readerId: 'r1' },
      ...keyOf(sale),
    },
  },
});

export const authorizeBody = (
  subject: Subject,
  sale: Sale,
  how: Partial<AuthorizeBody> = {},
): AuthorizeBody => ({
  ...{ transactionId: sale.transactionId, attemptId: sale.attemptId, ...keyOf(sale) },
  ...{ amount: { value: sale.value, currency: 'USD' }, card, batch },
  ...{ type: 'sale' as const, keyId: keys.sealing.keyId, reversals: [], partialApproval: false },
  sealed: Buffer.from(sealedFor(subject, sale.transactionId)).toString('base64'),
  ...how,
});

export const followUpBody = (followUp: FollowUp, how: Partial<FollowUpBody> = {}): FollowUpBody => {
  const { transactionId, attemptId, type, originalTransactionId, value } = followUp;
  return {
    ...{ transactionId, attemptId, type, originalTransactionId, ...keyOf(followUp) },
    ...{ amount: { value, currency: 'USD' }, card, batch, reversals: [] },
    ...how,
  };
};

/** The kind of request that asks for a type. */
const kindOf: Readonly<Record<TransactionType, MoneyKind>> = {
  ...{ sale: 'authorize', authorization: 'authorize', refund: 'refund' },
  ...{ void: 'void', capture: 'capture', adjustment: 'adjust' },
};

type MoneyBody = AuthorizeBody | FollowUpBody;

/** A portal on a broker, and what it told. */
export class Bench {
  readonly broker: Broker;
  readonly host: Host;
  readonly events: PortalEvent[] = [];
  portal: Portal;
  readonly #devices: ScriptedDevice[] = [];
  readonly #options: PortalOptions;

  private constructor(broker: Broker, database: string, registering: Registering | undefined) {
    this.broker = broker;
    this.host = openHost({ database: ':memory:', clock: world.clock });
    this.#options = {
      ...{ world, dial: mqttDial(), brokerUrl: broker.url, keys, database, host: this.host },
      ...(registering === undefined ? {} : { registering }),
      pace: { resendMs: 150, retryMs: 40, parkAfterTries: 3 },
      log: (event) => this.events.push(event),
    };
    this.portal = startPortal(this.#options);
  }

  /** A portal that registers devices where it has an authority. */
  static async open(database = ':memory:', registering?: Registering): Promise<Bench> {
    const bench = new Bench(await startBroker(), database, registering);
    await bench.happens('link.up');
    return bench;
  }

  /** Starts a portal again, after `portal.stop()`. */
  async restart(image?: Uint8Array): Promise<void> {
    const ups = this.count('link.up');
    this.portal = startPortal({ ...this.#options, ...(image === undefined ? {} : { image }) });
    await until('the portal is up again', () => this.count('link.up') > ups);
  }

  device(deviceId = 'dev-1', clientId = 'cli_1'): ScriptedDevice {
    const subject = { clientId, deviceId };
    const device = new ScriptedDevice({ url: this.broker.url, subject, keys });
    this.#devices.push(device);
    return device;
  }

  count(is: PortalEvent['is']): number {
    return this.all(is).length;
  }

  all<I extends PortalEvent['is']>(is: I): (PortalEvent & { is: I })[] {
    return this.events.filter((event): event is PortalEvent & { is: I } => event.is === is);
  }

  async happens(is: PortalEvent['is'], times = 1): Promise<void> {
    await until(`${is} happened ${times} times`, () => this.count(is) >= times);
  }

  /** Asks live, and waits for the answer. */
  async ask(device: ScriptedDevice, body: MoneyBody, deadlineMs = 5_000): Promise<LiveResponse> {
    const id = await this.request(device, body, deadlineMs, kindOf[body.type]);
    const find = () => device.responses().find((response) => response.id === id);
    await until(`request ${id} is answered`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error('The answer is gone.');
    return found;
  }

  /** Asks live, and does not wait. */
  async request(
    device: ScriptedDevice,
    body: unknown,
    deadlineMs = 5_000,
    kind: MoneyKind = 'authorize',
  ): Promise<string> {
    const id = newId('live', world);
    await device.publish('live/req', { id, kind, deadlineMs, body });
    return id;
  }

  /** Sells live, and is approved. */
  async sold(device: ScriptedDevice, value = 1_000, type: CardType = 'sale'): Promise<Sale> {
    const sale = newSale(value);
    const response = await this.ask(device, authorizeBody(device.subject, sale, { type }));
    expect(response).toMatchObject({ ok: true, body: { result: 'approved' } });
    return sale;
  }

  /** Follows up live: what the host answers. */
  async followUp(device: ScriptedDevice, followUp: FollowUp): Promise<HostAnswer> {
    return answerOf(await this.ask(device, followUpBody(followUp)));
  }

  /**
   * Turns the portal back to an image; the device comes back and tells its log again from where it stood.
   * What happened and was heard before is forgotten.
   */
  async restore(device: ScriptedDevice, image: Uint8Array): Promise<void> {
    const words = { ...device.wordHead() };
    this.portal.restore(image);
    const offline = this.count('device.offline');
    device.die();
    await this.happens('device.offline', offline + 1);
    this.events.splice(0);
    device.words.splice(0);
    const { through } = await device.begin();
    await device.acknowledgeWords(words);
    if (through < device.log.length) await device.publish('log/up', device.frame(through + 1));
    await device.isAcknowledged();
  }

  /** What the host has approved of a transaction, net. */
  netOf({ transactionId }: Sale): number {
    const known = this.portal.transactions().find((one) => one.transactionId === transactionId);
    return known?.netApprovedValue ?? 0;
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.die();
    this.portal.stop();
    this.host.close();
    await this.broker.close();
    expect(this.all('portal.failed')).toEqual([]);
  }
}

/** The answer of a response that has one. */
export const answerOf = (response: LiveResponse): HostAnswer => {
  if (!response.ok) throw new Error(`Refused: ${response.refusal.code}.`);
  return response.body;
};
