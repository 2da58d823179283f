/**
 * The inside of a simulated MMS device: one transaction at a time, and what it says on each thing that
 * happens to it, message by message (manual, commands 1001 to 1008 and notifications 0101 to 1803).
 */
import {
  currencyOfNumber,
  dataObject,
  findObject,
  fromHex,
  joined,
  readObjects,
  toHex,
  type IssuerAnswer,
  type Purchase,
} from '../../drivers/index.ts';
import type { TestCard } from './cards.ts';
import type { ChipCard, ChipEntry, ChipTags } from './chip-card.ts';
import { nextKsn } from './dukpt.ts';
import { batchData, requestData, tagsOf, tracksOf, type DataKeys } from './magtek-mms-data.ts';
import { notification, requestIn, response } from './magtek-mms-wire.ts';

/** What happens to the device. */
export type MmsStimulus =
  | { readonly is: 'request'; readonly message: Uint8Array }
  | { readonly is: 'swipe'; readonly card: TestCard }
  | { readonly is: 'insert' | 'tap'; readonly card: ChipCard }
  | { readonly is: 'remove' }
  | { readonly is: 'time is up' };

/** What is inside a device. */
export interface MmsInside {
  /** Seven hex digits. */
  readonly serialNumber: string;
  readonly firmware: string;
  readonly baseKey: Buffer;
  readonly initialKsn: string;
  /** A device without one has the host show its texts. */
  readonly hasDisplay: boolean;
}

/** What behaviours see of a device. */
export interface MmsDevice {
  /** The messages an obedient device says; its state goes on with them. */
  reaction(stimulus: MmsStimulus): readonly Uint8Array[];
  /** Of the next card. */
  readonly ksn: string | undefined;
}

/** What the host asked for with a transaction. */
interface Order {
  readonly purchase: Purchase;
  readonly seconds: number;
  readonly takes: {
    readonly stripe: boolean;
    readonly contact: boolean;
    readonly contactless: boolean;
  };
  readonly isQuick: boolean;
}

type State =
  | { readonly is: 'idle' }
  | { readonly is: 'waiting'; readonly order: Order }
  | { readonly is: 'asking'; readonly technology: number; readonly card: ChipCard | undefined };

// Status of a response, in four bytes (manual, tables 11 and 12).
const done = [0x00, 0x00, 0x00, 0x00];
const started = [0x01, 0x00, 0x00, 0x00];
const noTransaction = [0x80, 0x02, 0x03, 0x04];
const inProgress = [0x80, 0x02, 0x03, 0x08];
const unknownCommand = [0x80, 0x01, 0x01, 0x13];

// What a card came in by, the first byte of 0101 and 0105.
const stripe = 0x08;
const contact = 0x10;
const contactless = 0x20;

/** A device; `within` sets its clock, and 0 stops it. */
export const mmsDevice = (options: MmsInside, within: (seconds: number) => void): MmsDevice =>
  new Device(options, within);

class Device implements MmsDevice {
  readonly #options: MmsInside;
  readonly #within: (seconds: number) => void;
  #state: State = { is: 'idle' };
  #inserted: ChipCard | undefined;
  #count = 0;
  ksn: string | undefined;

  constructor(options: MmsInside, within: (seconds: number) => void) {
    this.#options = options;
    this.#within = within;
    this.ksn = nextKsn(options.initialKsn);
  }

  reaction(stimulus: MmsStimulus): readonly Uint8Array[] {
    switch (stimulus.is) {
      case 'request':
        return this.#requested(stimulus.message);
      case 'swipe':
        return this.#swiped(stimulus.card);
      case 'insert':
        this.#inserted = stimulus.card;
        return this.#met(stimulus.card, 'contact');
      case 'tap':
        return this.#met(stimulus.card, 'contactless');
      case 'remove':
        return this.#removed();
      case 'time is up':
        if (this.#state.is !== 'waiting') return [];
        return this.#ended([0x00, 0x01, 0x00, 0x00]);
    }
  }

  #requested(bytes: Uint8Array): readonly Uint8Array[] {
    const request = requestIn(bytes);
    if (request === undefined) return [];
    const respond = (status: readonly number[], answer?: Uint8Array) =>
      response(request, status, answer);
    const parameters = readObjects(request.payload);
    const value = (tag: string) =>
      (parameters.ok ? findObject(parameters.objects, tag)?.value : undefined) ?? new Uint8Array();
    switch (request.id) {
      case 0x1001:
        if (this.#state.is !== 'idle') return [respond(inProgress)];
        return [respond(started), ...this.#started(orderIn(value))];
      case 0x1004:
        if (this.#state.is !== 'asking') return [respond(noTransaction)];
        return [respond(started), ...this.#answered(this.#state, answerIn(value))];
      case 0x1008:
        if (this.#state.is === 'idle') return [respond(noTransaction)];
        return [respond(done), ...this.#ended([0x00, 0x03, 0x01, 0x00])];
      case 0x1802:
        return [respond(started)];
      case 0x1f01:
        this.#free();
        return [respond(done)];
      case 0xd101:
        return [respond(done, this.#property(request.payload))];
      default:
        return [respond(unknownCommand)];
    }
  }

  // The answer repeats the question, with the value at the end of its path.
  #property(payload: Uint8Array): Uint8Array {
    const { serialNumber, firmware } = this.#options;
    const isSerial = toHex(payload).endsWith('C100');
    const value = isSerial ? (fromHex(`${serialNumber}0`) ?? new Uint8Array()) : ascii(firmware);
    const leaf = dataObject(isSerial ? 'C1' : 'C2', value);
    const step = isSerial ? 'E1' : 'E2';
    const path = [step, step, step, 'E2'].reduce((within, tag) => dataObject(tag, within), leaf);
    const before = fromHex('81072B06010401F609850102') ?? new Uint8Array();
    return joined(before, dataObject('89', path));
  }

  #started(order: Order): readonly Uint8Array[] {
    this.#state = { is: 'waiting', order };
    this.#within(order.seconds);
    const shown = this.#shown('TAP, INSERT, or SWIPE CARD');
    return this.#inserted === undefined
      ? shown
      : [...shown, ...this.#met(this.#inserted, 'contact')];
  }

  #swiped(card: TestCard): readonly Uint8Array[] {
    const { ksn } = this;
    if (this.#state.is !== 'waiting' || !this.#state.order.takes.stripe || ksn === undefined)
      return [];
    const { order } = this.#state;
    const data = requestData(this.#keys(ksn), {
      cardType: 0x01,
      isFallback: false,
      card,
      secret: tracksOf(card),
      isStripe: true,
    });
    const said = [told([stripe, 0x01, 0x01, 0x00]), told([stripe, 0x08, 0x02, 0x02], data)];
    return [...said, ...this.#asks(order, stripe, undefined)];
  }

  #met(card: ChipCard, entry: ChipEntry): readonly Uint8Array[] {
    const { ksn } = this;
    if (this.#state.is !== 'waiting' || ksn === undefined) return [];
    const { order } = this.#state;
    if (!order.takes[entry]) return [];
    const technology = entry === 'contact' ? contact : contactless;
    const greeted = told([technology, 0x01, entry === 'contact' ? 0x02 : 0x04, 0x00]);
    this.#count += 1;
    const unpredictable = Uint8Array.of(0, 0, this.#count >> 8, this.#count & 0xff);
    const tags = card.start({ ...order.purchase, unpredictable }, entry);
    if (tags === undefined) {
      this.#inserted = undefined;
      if (card.habits.foreign) return [greeted, ...this.#ended([technology, 0x02, 0x05, 0x00])];
      // Of a chip that cannot be read the stripe may do; without contact the slot may.
      const detail =
        entry === 'contact' ? [technology, 0x02, 0x00, 0x02] : [technology, 0x02, 0x01, 0x00];
      return [greeted, ...this.#ended(detail)];
    }
    if (card.habits.decides !== 'ARQC') return [greeted, ...this.#decided(technology, tags, ksn)];
    const data = requestData(this.#keys(ksn), {
      cardType: entry === 'contact' ? 0x05 : 0x06,
      isFallback: false,
      card: card.card,
      secret: tagsOf(tags),
      isStripe: false,
    });
    const asking = told([technology, 0x08, 0x02, 0x02], data);
    return [greeted, asking, ...this.#asks(order, technology, card)];
  }

  // With the quick flow the device is done: the card is let go, and its issuer asked after it is gone.
  #asks({ isQuick }: Order, technology: number, card: ChipCard | undefined): readonly Uint8Array[] {
    this.ksn = this.ksn === undefined ? undefined : nextKsn(this.ksn);
    this.#within(0);
    if (isQuick) return this.#ended([technology, 0x02, 0x07, 0x00]);
    this.#state = { is: 'asking', technology, card };
    return this.#shown('AUTHORIZING PLEASE WAIT');
  }

  #decided(technology: number, tags: ChipTags, ksn: string): readonly Uint8Array[] {
    const isApproved = tags.get('9F27') === '40';
    const batch = batchData(this.#keys(ksn), isApproved ? 0 : 1, tagsOf(tags));
    this.ksn = nextKsn(ksn);
    const ended = this.#ended([technology, 0x02, isApproved ? 0x02 : 0x03, 0x00]);
    return [told([technology, 0x08, 0x03, 0x02], batch), ...ended];
  }

  #answered(
    { technology, card }: Extract<State, { is: 'asking' }>,
    answer: IssuerAnswer,
  ): readonly Uint8Array[] {
    const isApproved = answer.result === 'approved';
    if (technology !== contact || card === undefined) {
      return this.#ended([technology, 0x02, isApproved ? 0x06 : 0x80, 0x00]);
    }
    const tags = card.finish(answer);
    if (tags === undefined) {
      this.#inserted = undefined;
      const gone = told([technology, 0x01, 0x03, 0x00]);
      return [gone, ...this.#ended([technology, 0x02, 0x08, 0x00])];
    }
    const agrees = tags.get('9F27') === '40';
    const { ksn } = this;
    const batch =
      ksn === undefined
        ? []
        : [
            told(
              [technology, 0x08, 0x03, 0x02],
              batchData(this.#keys(ksn), agrees ? 0 : 1, tagsOf(tags)),
            ),
          ];
    const ended = this.#ended([technology, 0x02, agrees ? 0x06 : 0x80, 0x00]);
    return [...batch, ...ended, ...this.#shown('REMOVE CARD')];
  }

  #removed(): readonly Uint8Array[] {
    this.#inserted = undefined;
    if (this.#state.is !== 'asking' || this.#state.technology !== contact) return [];
    const gone = told([contact, 0x01, 0x03, 0x00]);
    return [gone, ...this.#ended([contact, 0x02, 0x80, 0x00])];
  }

  #ended(detail: readonly number[]): readonly Uint8Array[] {
    this.#free();
    return [notification(0x0105, detail)];
  }

  #free(): void {
    this.#state = { is: 'idle' };
    this.#within(0);
  }

  #shown(text: string): readonly Uint8Array[] {
    if (this.#options.hasDisplay) return [];
    const lines = joined(ascii(text), Uint8Array.of(0));
    const attached = joined(
      dataObject('81', Uint8Array.of(0)),
      dataObject('82', Uint8Array.of(1)),
      dataObject('83', lines),
    );
    return [notification(0x1803, [0x02, 0x01, 0x01, 0x00], attached)];
  }

  #keys(ksn: string): DataKeys {
    const { baseKey, serialNumber } = this.#options;
    return { baseKey, ksn, serialNumber };
  }
}

// How a transaction goes on; its data are one object more within the payload.
const told = (detail: readonly number[], data?: Uint8Array): Uint8Array =>
  notification(0x0101, detail, data && dataObject('84', data));

const orderIn = (value: (tag: string) => Uint8Array): Order => {
  const [stripeOn, contactOn, contactlessOn] = readersIn(value('A3'));
  const number = toHex(value('5F2A')).slice(-3);
  return {
    seconds: value('82')[0] ?? 0,
    takes: { stripe: stripeOn, contact: contactOn, contactless: contactlessOn },
    isQuick: ((value('84')[1] ?? 0) & 0x01) !== 0,
    purchase: {
      kind: value('9C')[0] === 0x20 ? 'refund' : 'purchase',
      amount: {
        value: Number(toHex(value('9F02'))),
        currency: currencyOfNumber(number) ?? 'USD',
      },
      at: 1_790_000_000,
    },
  };
};

// Tags 81 to 83 within A3; what is not said is on.
const readersIn = (options: Uint8Array): [boolean, boolean, boolean] => {
  const read = readObjects(options);
  const isOn = (tag: string) =>
    (read.ok ? findObject(read.objects, tag)?.value[0] : undefined) !== 0x00;
  return [isOn('81'), isOn('82'), isOn('83')];
};

const answerIn = (value: (tag: string) => Uint8Array): IssuerAnswer => {
  const arpc = readObjects(value('84'));
  const within = arpc.ok ? arpc.objects : [];
  const code = Buffer.from(findObject(within, '8A')?.value ?? []).toString('latin1');
  const proof = findObject(within, '91')?.value;
  return {
    result: code === '00' ? 'approved' : 'declined',
    responseCode: code,
    ...(proof === undefined ? {} : { issuerData: dataObject('91', proof) }),
  };
};

const ascii = (characters: string): Uint8Array =>
  Uint8Array.from(Buffer.from(characters, 'latin1'));
