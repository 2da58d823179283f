/** The shapes several answers share. */
import { Type, type Static } from 'typebox';
import { Actor, Amount, MaskedCard, Outcome, transactionTypes } from '../../contract/index.ts';
import { capabilities, readerPrompts } from '../../drivers/index.ts';
import { linkStates } from '../portal/link-status.ts';
import { readerStates } from '../readers/session.ts';

export const IsoTime = Type.String({ format: 'date-time' });

/** How far the wall clock was trusted when a time was written down. */
export const Trust = Type.Enum(['untrusted', 'bounded', 'trusted']);

/** Text of people and programs: no control characters, no half of a surrogate pair. */
export const text = (charactersMax: number) =>
  Type.String({ minLength: 1, maxLength: charactersMax, pattern: '^[^\\p{Cc}\\p{Cs}]*$' });

const optional = {
  prompt: Type.Optional(
    Type.Enum([...readerPrompts], { description: 'What the customer should do now.' }),
  ),
  card: Type.Optional(MaskedCard),
  responseCode: Type.Optional(Type.String({ description: 'ISO 8583 field 39, of the host.' })),
  approvalCode: Type.Optional(Type.String()),
  referenceId: Type.Optional(Type.String({ description: 'The host’s reference.' })),
  declinedBy: Type.Optional(Type.Enum(['host', 'card', 'agent'])),
  reason: Type.Optional(Type.String({ description: 'A code of docs/refusals.md.' })),
  approvedAmount: Type.Optional(Amount),
  tipAmount: Type.Optional(Amount),
  surchargeAmount: Type.Optional(Amount),
  originalTransactionId: Type.Optional(Type.String()),
  requestedType: Type.Optional(Type.Enum([...transactionTypes])),
  voidedBy: Type.Optional(Type.String({ description: 'The void that undid it.' })),
  by: Type.Optional(Actor),
  changes: Type.Optional(
    Type.Array(
      Type.Object({ kind: Type.Enum(['void', 'refund', 'adjustment']), amount: Amount, by: Actor }),
      { description: 'What was done to it at the portal, and by whom.' },
    ),
  ),
  reference: Type.Optional(Type.String()),
  userDefinedFields: Type.Optional(Type.Record(Type.String(), Type.String())),
  echo: Type.Optional(Type.String()),
};

const transactionFields = {
  transactionId: Type.String(),
  type: Type.Enum([...transactionTypes]),
  state: Type.String({ description: 'Where the payment stands.' }),
  outcome: Type.Union([Outcome, Type.Null()], {
    description: 'What may be built on; null while nothing can be said.',
  }),
  final: Type.Boolean({ description: 'Whether nothing will change any more.' }),
  amount: Amount,
  batchName: Type.String(),
  batchNumber: Type.Integer({ minimum: 1 }),
  configuration: Type.Optional(
    Type.Integer({ minimum: 1, description: 'The number of the configuration that decides it.' }),
  ),
  deviceAndPeripherals: Type.Object({
    deviceId: Type.String(),
    peripheralId: Type.Array(Type.String()),
  }),
  offline: Type.Enum(['allow', 'forbid']),
  createdAt: IsoTime,
  updatedAt: IsoTime,
  clock: Trust,
  ...optional,
};

/** A transaction as it stands now. */
export const TransactionShape = Type.Object(transactionFields, { title: 'Transaction' });
export type TransactionAnswer = Static<typeof TransactionShape>;

/** A transaction with the facts of the log that made it so. */
export const TransactionWithHistory = Type.Object(
  {
    ...transactionFields,
    history: Type.Array(Type.Object({ type: Type.String(), time: IsoTime, clock: Trust })),
  },
  { title: 'TransactionWithHistory' },
);

/** How much is stored or unknown, and not answered by the host, in one currency. */
export const ExposureShape = Type.Object({ count: Type.Integer(), amount: Amount });

/** What something comes to in one currency, in minor units; below 0 when more was given back than taken. */
export const NetShape = Type.Object({ value: Type.Integer(), currency: Type.String() });

/** Where the link to the portal stands. */
export const LinkShape = Type.Object({
  state: Type.Enum([...linkStates]),
  doubtful: Type.Boolean(),
  cloneSuspected: Type.Boolean({
    description: 'Whether another device seems to use the identity of this one.',
  }),
  session: Type.Integer(),
  protocolVersion: Type.Optional(Type.Integer()),
  lastFault: Type.Optional(Type.String()),
  retryInMs: Type.Optional(Type.Number()),
});

/** A card reader and where it stands. */
export const ReaderShape = Type.Object(
  {
    id: Type.String(),
    protocol: Type.String(),
    line: Type.Optional(Type.Enum(['serial', 'hid', 'tcp'])),
    path: Type.String(),
    state: Type.Enum([...readerStates]),
    identity: Type.Optional(Type.Record(Type.String(), Type.String())),
    transactionId: Type.Optional(Type.String({ description: 'Whose card it waits for.' })),
    why: Type.Optional(Type.String({ description: 'Why it was lost.' })),
    detail: Type.Optional(Type.String({ description: 'The same as a sentence, with what to do.' })),
    losses: Type.Optional(
      Type.Integer({ description: 'How often it could not be opened in a row.' }),
    ),
  },
  { title: 'Reader' },
);
export type ReaderAnswer = Static<typeof ReaderShape>;

/** A device that is plugged in and may be a reader. */
export const PluggedInShape = Type.Object(
  {
    line: Type.Enum(['hid', 'serial']),
    path: Type.String({ description: 'The path that stays, where it has one.' }),
    usbId: Type.Optional(Type.String({ description: 'Vendor and product, as 0801:0011.' })),
    usbPort: Type.Optional(Type.String({ description: 'The USB port, as 1-1.2.' })),
    serialNumber: Type.Optional(Type.String()),
    maker: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    protocol: Type.Optional(Type.String({ description: 'Where its model is known.' })),
    takes: Type.Optional(
      Type.Array(Type.Enum([...capabilities]), { description: 'Of its model.' }),
    ),
    quirks: Type.Optional(
      Type.Array(Type.String(), { description: 'What a technician has to know of its model.' }),
    ),
    advice: Type.Optional(Type.String({ description: 'Why it cannot be used as it is.' })),
    readerId: Type.Optional(Type.String({ description: 'The reader that is configured for it.' })),
  },
  { title: 'PluggedIn' },
);
export type PluggedInAnswer = Static<typeof PluggedInShape>;
