/**
 * Commands: what this driver asks of a reader, and the bytes of each (NEO 2 guide 80139403-002).
 *
 * While a reader waits for a card it takes nothing but a cancellation (Kiosk V manual p. 22), and after one
 * it is to be left alone until it has answered (guide p. 242).
 */
import { currencyValue } from '../../emv/currency.ts';
import { readObjects } from '../../emv/tlv.ts';
import { dataObject, joined } from '../../emv/write.ts';
import { bytesOf } from '../../frames/latin1.ts';
import type { IssuerAnswer, Purchase } from '../../reader.ts';
import { frameOf } from './frame.ts';
import { interfaces, type Vivotech2Settings } from './settings.ts';

/** What a reader can be asked. */
export type Request =
  | { readonly is: 'ping' | 'firmware' | 'serialNumber' | 'cancel' | 'reset' | 'authenticate' }
  | { readonly is: 'activate'; readonly purchase: Purchase }
  | { readonly is: 'complete'; readonly answer: IssuerAnswer };

export type RequestName = Request['is'];

interface CommandRow {
  readonly command: number;
  readonly sub: number;
  readonly says: string;
  /** Time allowed for the result, with what the reader itself may wait for. */
  readonly withinMs: (settings: Vivotech2Settings) => number;
}

const soon = () => 1_000;
/** What a reader may be late after its own time is over. */
const graceMs = 15_000;
/** Seconds it has for the steps of a contact transaction. */
export const stepWithinSeconds = 120;

/** Milliseconds a reader is left alone before it is asked for a card again. */
export const pauseMs = 500;

/** Every command by its name. */
export const commands = {
  ping: { command: 0x18, sub: 0x01, says: 'Ping (p. 119)', withinMs: soon },
  firmware: { command: 0x29, sub: 0x00, says: 'Get version (p. 131)', withinMs: soon },
  serialNumber: { command: 0x12, sub: 0x01, says: 'Get serial number (p. 143)', withinMs: soon },
  cancel: { command: 0x05, sub: 0x01, says: 'Cancel transaction (p. 242)', withinMs: () => 3_000 },
  reset: {
    command: 0x05,
    sub: 0x01,
    says: 'Reset transaction status (p. 242)',
    withinMs: () => 3_000,
  },
  activate: {
    command: 0x02,
    sub: 0x40,
    says: 'Activate transaction (pp. 207-233)',
    withinMs: ({ cardWithinSeconds }) => cardWithinSeconds * 1_000 + graceMs,
  },
  authenticate: {
    command: 0x60,
    sub: 0x11,
    says: 'Contact authenticate transaction (p. 185)',
    withinMs: () => stepWithinSeconds * 1_000 + graceMs,
  },
  complete: {
    command: 0x60,
    sub: 0x12,
    says: 'Contact apply host response (p. 189)',
    withinMs: () => 45_000,
  },
} as const satisfies Record<RequestName, CommandRow>;

/** The command of contact transactions; its sub-command 10 starts one without contactless. */
export const contactCommand = 0x60;
const startSub = 0x10;
/** Answers to both come under the number of their command alone. */
export const activateCommand = commands.activate.command;

/** What a reader is asked once it is opened: what it was doing is over. */
export const startUp: readonly RequestName[] = ['cancel', 'ping', 'firmware', 'serialNumber'];
/** What a test asks. */
export const testing: readonly RequestName[] = ['ping', 'firmware', 'serialNumber'];

/** The frame of a request. */
export const frameFor = (request: Request, settings: Vivotech2Settings): Uint8Array => {
  const { command, sub } = commands[request.is];
  const send = (data: Uint8Array) => frameOf({ sender: 'host', command, second: sub, data });
  switch (request.is) {
    case 'ping':
    case 'firmware':
    case 'serialNumber':
    case 'cancel':
      return send(new Uint8Array());
    case 'reset':
      return send(Uint8Array.of(0x01));
    case 'activate':
      return activation(request.purchase, settings);
    case 'authenticate':
      // Not to be forced online; and how long it may take.
      return send(Uint8Array.of(0x00, ...seconds(stepWithinSeconds)));
    case 'complete':
      return send(joined(Uint8Array.of(hostWasAsked), hostData(request.answer)));
  }
};

// No document at hand gives another value; a host that was not reached speaks through its code (8A).
const hostWasAsked = 0x01;

const hostData = ({ responseCode, issuerData }: IssuerAnswer): Uint8Array => {
  const code = dataObject('8A', bytesOf(responseCode));
  // What is no BER-TLV would spoil the code as well.
  const isGood = issuerData !== undefined && readObjects(issuerData).ok;
  return isGood ? joined(code, issuerData) : code;
};

const activation = (purchase: Purchase, settings: Vivotech2Settings): Uint8Array => {
  const { cardWithinSeconds, interfaces: taken } = settings;
  const data = purchaseData(purchase);
  if (!taken.includes('contactless')) {
    // Fallback to the stripe where it is open, time for the card, time for the next step (pp. 178-179).
    const fallback = taken.includes('stripe') ? 0x01 : 0x00;
    const times = [...seconds(cardWithinSeconds), ...seconds(stepWithinSeconds)];
    return frameOf({
      sender: 'host',
      command: contactCommand,
      second: startSub,
      data: joined(Uint8Array.of(fallback, ...times), data),
    });
  }
  const bits = taken.reduce((sum, one) => sum | interfaces[one], 0);
  const contact = taken.includes('contact')
    ? [dataObject('DFEF3C', Uint8Array.of(0x01, ...seconds(cardWithinSeconds)))]
    : [];
  return frameOf({
    sender: 'host',
    command: commands.activate.command,
    second: commands.activate.sub,
    data: joined(
      Uint8Array.of(cardWithinSeconds),
      data,
      dataObject('DFEF37', Uint8Array.of(bits)),
      ...contact,
    ),
  });
};

const seconds = (count: number): [number, number] => [count >> 8, count & 0xff];

// The reader has a clock of its own; 9A and 9F21 are no longer to be sent (p. 179).
const purchaseData = ({ kind, amount }: Purchase): Uint8Array => {
  const currency = currencyValue(amount.currency);
  return joined(
    dataObject('9F02', digits(amount.value)),
    dataObject('9F03', digits(0)),
    ...(currency === undefined ? [] : [dataObject('5F2A', currency)]),
    dataObject('9C', Uint8Array.of(kind === 'refund' ? 0x20 : 0x00)),
  );
};

const digits = (amount: number): Uint8Array => {
  const text = String(amount).padStart(12, '0');
  return Uint8Array.from({ length: 6 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
};
