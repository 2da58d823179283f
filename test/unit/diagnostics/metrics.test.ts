/** The table of metrics, the counts behind its counters, and the text a Prometheus server reads. */
import { describe, expect, test } from 'vitest';
import { countReader } from '../../../agent/diagnostics/counting.ts';
import { metrics, reading, type MetricRow } from '../../../agent/diagnostics/metrics.ts';
import { exposition } from '../../../agent/diagnostics/prometheus.ts';
import { otherReaders, readerNamesMost, tallyOf } from '../../../agent/diagnostics/tally.ts';

const rows = Object.entries(metrics) as [string, MetricRow][];

describe('the table', () => {
  test.each(rows)('%s has a name of the trade and a sentence', (name, { kind, says, labels }) => {
    expect(name).toMatch(/^holdfast_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(says).toMatch(/^[A-Z0-9].*\.$/);
    for (const label of Object.keys(labels)) expect(label).toMatch(/^[a-z_]+$/);
  });

  test('no label takes what nobody has listed', () => {
    const forms = rows.flatMap(([, { labels }]) => Object.values(labels));
    const open = forms.filter((form) => typeof form === 'string');
    expect(new Set(open)).toEqual(new Set(['readers', 'currencies']));
    for (const form of forms) expect(new Set(form).size).toBeGreaterThan(1);
  });
});

describe('a tally', () => {
  const lossesIn = (tally: ReturnType<typeof tallyOf>) =>
    tally
      .readings()
      .filter(({ metric, value }) => metric === 'holdfast_reader_losses_total' && value > 0)
      .map(({ labels, value }) => [labels['reader'], labels['why'], value]);

  test('tells of a reader before anything happened to it', () => {
    const tally = tallyOf();
    countReader(tally, 'counter');
    expect(new Set(tally.readings().map(({ value }) => value))).toEqual(new Set([0]));
    expect(tally.readings()).toContainEqual(
      reading('holdfast_reader_cards_total', { reader: 'counter', entry_mode: 'chip' }, 0),
    );
  });

  test('counts what a reader tells, each reader for itself', () => {
    const tally = tallyOf();
    const [counter, kiosk] = [countReader(tally, 'counter'), countReader(tally, 'kiosk')];
    counter({ is: 'ready', identity: {} });
    for (const why of ['unplugged', 'silent', 'unplugged'] as const) {
      counter({ is: 'lost', why, detail: 'It is gone.' });
    }
    kiosk({ is: 'card', entryMode: 'contactless' });
    kiosk({ is: 'bad read', why: 'bad_track' });
    for (const byteCount of [7, 12]) kiosk({ is: 'noise', byteCount });
    expect(tally.readings().filter(({ value }) => value > 0)).toEqual([
      reading('holdfast_reader_losses_total', { reader: 'counter', why: 'unplugged' }, 2),
      reading('holdfast_reader_losses_total', { reader: 'counter', why: 'silent' }, 1),
      reading('holdfast_reader_cards_total', { reader: 'kiosk', entry_mode: 'contactless' }, 1),
      reading('holdfast_reader_bad_reads_total', { reader: 'kiosk', why: 'bad_track' }, 1),
      reading('holdfast_reader_noise_bytes_total', { reader: 'kiosk' }, 19),
    ]);
  });

  test('tells so many readers apart and no more, however many are plugged in over the years', () => {
    const tally = tallyOf();
    for (let number = 0; number < 3 * readerNamesMost; number += 1) {
      const reader = `reader-${number}`;
      tally.count('holdfast_reader_losses_total', { reader, why: 'unplugged' });
    }
    const told = lossesIn(tally);
    expect(told).toHaveLength(readerNamesMost + 1);
    expect(told.at(-1)).toEqual([otherReaders, 'unplugged', 2 * readerNamesMost]);
  });
});

describe('the text', () => {
  test('has each metric with its kind, what it says, and its values', async () => {
    const reader = 'counter';
    const text = await exposition([
      reading('holdfast_reader_state', { reader, state: 'ready' }, 1),
      reading('holdfast_reader_losses_total', { reader, why: 'unplugged' }, 2),
      reading('holdfast_exposure_minor_units', { currency: 'USD' }, 41_51),
      reading('holdfast_facts_unsent', {}, 0),
    ]);
    expect(text.split('\n').filter((line) => !line.startsWith('# HELP'))).toEqual([
      '# TYPE holdfast_reader_state gauge',
      'holdfast_reader_state{reader="counter",state="ready"} 1',
      '',
      '# TYPE holdfast_reader_losses_total counter',
      'holdfast_reader_losses_total{reader="counter",why="unplugged"} 2',
      '',
      '# TYPE holdfast_exposure_minor_units gauge',
      'holdfast_exposure_minor_units{currency="USD"} 4151',
      '',
      '# TYPE holdfast_facts_unsent gauge',
      'holdfast_facts_unsent 0',
      '',
    ]);
  });

  test('is of this call alone: nothing of an earlier one is in it', async () => {
    await exposition([reading('holdfast_facts_unsent', {}, 5)]);
    expect(await exposition([reading('holdfast_reversals_waiting', {}, 1)])).not.toContain(
      'unsent',
    );
  });
});
