/** A close, as a device tells it: what a batch holds, a page at a time, and its totals. */
import type { BatchRecord, BatchTotal, FactBody } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { batch, type FollowUp, type Sale } from './bench.ts';
import type { Attached } from './scripted-device.ts';

type Type = BatchRecord['type'];
type Standing = BatchRecord['standing'];

/** What a device says it holds of a transaction. */
export const record = (
  sale: Sale | FollowUp,
  standing: Standing = 'approved',
  type: Type = 'type' in sale ? sale.type : 'sale',
): BatchRecord => {
  const amount = { value: movesMoney(type) ? sale.value : 0, currency: 'USD' };
  return { transactionId: sale.transactionId, type, amount, standing };
};

const movesMoney = (type: Type): boolean => ['sale', 'capture', 'refund'].includes(type);

/** The facts of a close: pages of records, then the close itself. */
export const closing = (
  records: readonly BatchRecord[],
  how: Partial<FactBody<'batch.closed'>> & { readonly pageSize?: number } = {},
): Attached[] => {
  const { pageSize = 300, ...told } = how;
  const count = Math.ceil(records.length / pageSize);
  const of = told.batch ?? batch;
  const pages = Array.from({ length: count }, (_, at): Attached => {
    const held = records.slice(at * pageSize, (at + 1) * pageSize);
    const body: FactBody<'batch.records'> = {
      ...{ batch: of, page: at + 1, pages: count, records: held },
    };
    return { fact: { type: 'batch.records', body } };
  });
  const carried = records.filter(({ standing }) => standing === 'carried');
  const body: FactBody<'batch.closed'> = {
    ...{ batch: of, openedAt: 1_000, trigger: 'hand', totals: totalsOf(records), pages: count },
    carried: carried.map(({ transactionId }) => transactionId),
    ...(carried.length === 0 ? {} : { carriedTo: { ...of, number: of.number + 1 } }),
    digest: digestOf(records),
    ...told,
  };
  return [...pages, { fact: { type: 'batch.closed', body } }];
};

const totalsOf = (records: readonly BatchRecord[]): BatchTotal[] =>
  [...new Set(records.map(({ type }) => type))].map((type) => {
    const sum = (standing: Standing) => {
      const held = records.filter((one) => one.type === type && one.standing === standing);
      return { count: held.length, value: held.reduce((all, one) => all + one.amount.value, 0) };
    };
    return {
      ...{ type, currency: 'USD', approved: sum('approved') },
      ...{ pending: sum('pending'), carried: sum('carried') },
    };
  });

const digestOf = (records: readonly BatchRecord[]): string =>
  sha256(
    records
      .filter(({ standing }) => standing !== 'carried')
      .map(({ transactionId }) => `${transactionId}\n`)
      .sort()
      .join(''),
  );
