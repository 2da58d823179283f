/**
 * The table of metrics: what a Prometheus server is told at `GET /metrics`, and nothing else.
 *
 * Names are stable. The values of a label are a closed list, the names of this device's readers, or
 * currencies: never free text, and nothing of a card.
 */
import { entryModes } from '../../contract/index.ts';
import { badReads, lineEnds } from '../../drivers/index.ts';
import { stateNames } from '../payments/states.ts';
import { linkStates } from '../portal/link-status.ts';
import { readerStates } from '../readers/session.ts';

/** Which values a label may have. */
export type LabelForm = readonly string[] | 'readers' | 'currencies';

export interface MetricRow {
  /** A counter begins at 0 with the agent and only grows; a gauge is how things stand. */
  readonly kind: 'counter' | 'gauge';
  readonly says: string;
  readonly labels: Readonly<Record<string, LabelForm>>;
  readonly unit?: string;
}

export const metrics = {
  holdfast_reader_state: {
    kind: 'gauge',
    says: '1 for the state a card reader is in, 0 for every other one.',
    labels: { reader: 'readers', state: readerStates },
  },
  holdfast_reader_losses_total: {
    kind: 'counter',
    says: 'Times a card reader was lost; a restart that was announced is none.',
    labels: { reader: 'readers', why: lineEnds },
  },
  holdfast_reader_cards_total: {
    kind: 'counter',
    says: 'Cards read for a transaction.',
    labels: { reader: 'readers', entry_mode: entryModes },
  },
  holdfast_reader_bad_reads_total: {
    kind: 'counter',
    says: 'Cards that gave nothing while a transaction waited for one.',
    labels: { reader: 'readers', why: badReads },
  },
  holdfast_reader_noise_bytes_total: {
    kind: 'counter',
    says: 'Bytes from a card reader that could not be used.',
    labels: { reader: 'readers' },
    unit: 'bytes',
  },
  holdfast_transactions: {
    kind: 'gauge',
    says: 'Transactions the ledger keeps, by where each stands.',
    labels: { state: stateNames },
    unit: 'transactions',
  },
  holdfast_exposure_transactions: {
    kind: 'gauge',
    says: 'Transactions stored or unknown that the host has not answered for.',
    labels: { currency: 'currencies' },
    unit: 'transactions',
  },
  holdfast_exposure_minor_units: {
    kind: 'gauge',
    says: 'What those come to.',
    labels: { currency: 'currencies' },
    unit: 'minor units of the currency',
  },
  holdfast_reversals_waiting: {
    kind: 'gauge',
    says: 'Attempts still to be reversed at the host.',
    labels: {},
    unit: 'attempts',
  },
  holdfast_facts_unsent: {
    kind: 'gauge',
    says: 'Facts the portal has not acknowledged.',
    labels: {},
    unit: 'facts',
  },
  holdfast_link_state: {
    kind: 'gauge',
    says: '1 for the state the link to the portal is in, 0 for every other one.',
    labels: { state: linkStates },
  },
  holdfast_storage_free_bytes: {
    kind: 'gauge',
    says: 'Free space for the data directory; absent where the disk cannot be asked.',
    labels: {},
    unit: 'bytes',
  },
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof metrics;
export type CounterName = {
  [N in MetricName]: (typeof metrics)[N]['kind'] extends 'counter' ? N : never;
}[MetricName];

type ValueOf<Form> = Form extends readonly (infer Value extends string)[] ? Value : string;

/** The labels of a metric, each with a value its row allows. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in keyof (typeof metrics)[N]['labels']]: ValueOf<(typeof metrics)[N]['labels'][L]>;
};

/** One value of one metric. */
export interface Reading {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A reading whose labels its row allows. */
export const reading = <N extends MetricName>(
  metric: N,
  labels: LabelsOf<N>,
  value: number,
): Reading => ({ metric, labels, value });
