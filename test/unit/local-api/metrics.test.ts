/** Metrics over HTTP: what a Prometheus server is answered. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTill, type Till } from './till.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill();
});
afterEach(() => till.close());

const valueOf = async (series: string): Promise<number | undefined> => {
  const { text } = await till.send('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};

test('is the text Prometheus reads', async () => {
  const { status, headers } = await till.send('/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
});

test('a reader is in one state at a time', async () => {
  const states = async () =>
    Promise.all(
      ['ready', 'busy', 'lost'].map((state) =>
        valueOf(`holdfast_reader_state{reader="front",state="${state}"}`),
      ),
    );
  expect(await states()).toEqual([1, 0, 0]);
  await till.sell('key-1');
  expect(await states()).toEqual([0, 1, 0]);
});

test('a sale that waits for its card is counted where it stands', async () => {
  const waiting = 'holdfast_transactions{state="awaiting_card"}';
  expect(await valueOf(waiting)).toBe(0);
  await till.sell('key-1');
  expect(await valueOf(waiting)).toBe(1);
});

test('what is stored shows in the exposure of its currency, which stays when it is nothing', async () => {
  const { ledger } = till;
  const series = ['transactions', 'minor_units'].map(
    (what) => `holdfast_exposure_${what}{currency="USD"}`,
  );
  const shown = () => Promise.all(series.map(valueOf));
  expect(await shown()).toEqual([undefined, undefined]);
  const amount = { value: 41_51, currency: 'USD' };
  ledger.commit(() => ledger.exposure.add(amount));
  expect(await shown()).toEqual([1, 41_51]);
  ledger.commit(() => ledger.exposure.remove(amount));
  expect(await shown()).toEqual([0, 0]);
});

test('the link is in one state, and what waits for it is told', async () => {
  expect(await valueOf('holdfast_link_state{state="waiting"}')).toBe(1);
  expect(await valueOf('holdfast_link_state{state="online"}')).toBe(0);
  await till.sell('key-1');
  expect(await valueOf('holdfast_facts_unsent')).toBe(2);
  expect(await valueOf('holdfast_reversals_waiting')).toBe(0);
});

test('no figure of a card is among them', async () => {
  await till.sell('key-1');
  till.post.tap();
  const { text } = await till.send('/metrics');
  const ofSales = text.replaceAll(/^holdfast_storage_.*$/gm, '');
  expect(ofSales).toContain('holdfast_transactions{state="approved"} 1');
  expect(ofSales).not.toMatch(/\d{4}|\*{3}|txn_/);
});
