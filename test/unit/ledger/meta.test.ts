/** Single values of the ledger: what is remembered in memory never says more than what is written. */
import { describe, expect, test } from 'vitest';
import type { Meta } from '../../../agent/ledger/meta.ts';
import { freshPath, openedLedger, type OpenedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const written = ({ db }: OpenedLedger, name: keyof Meta): unknown =>
  db.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(name);

const fails = (opened: OpenedLedger, write: () => void) =>
  expect(() =>
    opened.ledger.commit(() => {
      write();
      throw new Error('the power failed');
    }),
  ).toThrow('the power failed');

describe('a value', () => {
  test('is what was set last, in memory and in the file', () => {
    const opened = openedLedger(quietWorld());
    const { ledger } = opened;
    for (const session of [1, 2, 2, 1]) {
      ledger.commit(() => ledger.meta.set('session', session));
      expect(ledger.meta.get('session')).toBe(session);
      expect(written(opened, 'session')).toBe(session);
    }
  });

  test('is what it was before, once a commit was rolled back', () => {
    const opened = openedLedger(quietWorld());
    const { meta, commit } = opened.ledger;
    fails(opened, () => meta.set('rolledBack', 'first'));
    expect(meta.get('rolledBack')).toBeUndefined();
    commit(() => meta.set('rolledBack', 'second'));
    fails(opened, () => meta.clear('rolledBack'));
    expect(meta.get('rolledBack')).toBe('second');
    fails(opened, () => meta.set('rolledBack', 'third'));
    // The same again: what only seemed to be written has to be written now.
    commit(() => meta.set('rolledBack', 'third'));
    expect(written(opened, 'rolledBack')).toBe('third');
  });

  test('that is cleared is gone, and can be set to the same again', () => {
    const opened = openedLedger(quietWorld());
    const { meta, commit } = opened.ledger;
    commit(() => meta.set('rolledBack', 'why'));
    commit(() => meta.clear('rolledBack'));
    expect([meta.get('rolledBack'), written(opened, 'rolledBack')]).toEqual([undefined, undefined]);
    commit(() => meta.set('rolledBack', 'why'));
    expect(written(opened, 'rolledBack')).toBe('why');
  });

  test('for later is there at once, and written with the next commit that holds', () => {
    const opened = openedLedger(quietWorld());
    const { meta, commit } = opened.ledger;
    meta.later('acknowledged', 7);
    expect([meta.get('acknowledged'), written(opened, 'acknowledged')]).toEqual([7, undefined]);
    fails(opened, () => undefined);
    expect([meta.get('acknowledged'), written(opened, 'acknowledged')]).toEqual([7, undefined]);
    commit(() => undefined);
    expect(written(opened, 'acknowledged')).toBe(7);
  });

  test('is there when the ledger is opened again', () => {
    const world = quietWorld();
    const path = freshPath();
    const { ledger } = openedLedger(world, path);
    ledger.commit(() => ledger.meta.set('session', 41));
    ledger.close();
    expect(openedLedger(world, path).ledger.meta.get('session')).toBe(41);
  });
});
