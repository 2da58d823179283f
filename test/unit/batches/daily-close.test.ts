/** The daily close: at its time, in its zone, once for a date, whatever the clock does in between. */
import { expect, test } from 'vitest';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { BackOffice } from '../../rigs/back-office.ts';

const sound = ({ opened }: BackOffice): void =>
  expect(verifyLedger(opened.db).findings).toEqual([]);

const hourMs = 3_600_000;
/** It is 08:00 UTC, and closes are due at 23:00. */
const settings = { 'batch.closeAt': '23:00' };
const started = (differently = {}): BackOffice => {
  const office = new BackOffice({ settings: { ...settings, ...differently } });
  office.clerk.start();
  office.world.clock.advance(0);
  return office;
};

test('every open batch is closed at its time, and keeps for which date', () => {
  const office = started();
  office.sell(1, 'approved');
  office.sell(2, 'approved', { batch: { name: 'Bar', number: 1 } });
  office.world.clock.advance(15 * hourMs - 1);
  expect(office.batch(1).state).toBe('open');
  office.world.clock.advance(1);
  for (const name of ['System', 'Bar']) {
    expect(office.batch(1, name)).toMatchObject({
      ...{ state: 'closed', trigger: 'schedule', scheduledFor: '2026-12-01' },
    });
  }
  office.sell(3, 'approved');
  office.world.clock.advance(24 * hourMs);
  expect(office.batch(2)).toMatchObject({ state: 'closed', scheduledFor: '2026-12-02' });
  sound(office);
});

test('in its own time zone', () => {
  const office = started({ timeZone: 'Asia/Kathmandu' });
  office.sell(1, 'approved');
  // 17:15 UTC, nine hours and a quarter from now.
  office.world.clock.advance(9.25 * hourMs - 1);
  expect(office.batch(1).state).toBe('open');
  office.world.clock.advance(1);
  expect(office.batch(1)).toMatchObject({ state: 'closed', scheduledFor: '2026-12-01' });
});

test('not twice for a date: a clock that is set back closes nothing again', () => {
  const office = started();
  office.sell(1, 'approved');
  office.world.clock.advance(15 * hourMs);
  office.sell(2, 'approved');
  office.world.clock.jumpWall(-2 * hourMs);
  office.world.clock.advance(4 * hourMs);
  expect([office.batch(1).state, office.batch(2).state]).toEqual(['closed', 'open']);
  office.world.clock.advance(24 * hourMs);
  expect(office.batch(2)).toMatchObject({ state: 'closed', scheduledFor: '2026-12-02' });
});

test('a clock that ran ahead for a while closes once for that day, and is on time afterwards', () => {
  const office = started();
  office.sell(1, 'approved');
  office.world.clock.jumpWall(400 * 24 * hourMs);
  office.world.clock.advance(16 * hourMs);
  // Set ahead over several closes, it makes up for the last of them at once.
  expect(office.batch(1).scheduledFor).toBe('2028-01-04');
  office.sell(2, 'approved');
  office.world.clock.jumpWall(-400 * 24 * hourMs);
  office.world.clock.advance(24 * hourMs);
  expect(office.batch(2)).toMatchObject({ state: 'closed', scheduledFor: '2026-12-02' });
});

test('not by a clock nobody trusts', () => {
  const office = started();
  office.sell(1, 'approved');
  office.world.clock.jumpWall(-2 * 365 * 24 * hourMs);
  expect(office.ledger.clock.trust()).toBe('untrusted');
  office.world.clock.advance(48 * hourMs);
  expect(office.batch(1).state).toBe('open');
});

test('a close that was missed is made up for at the start, of what was open by then', () => {
  const before = new BackOffice({ settings });
  before.sell(1, 'approved');
  before.world.clock.advance(20 * hourMs);
  before.sell(2, 'approved', { batch: { name: 'Bar', number: 1 } });
  const { world, opened } = before;
  const office = new BackOffice({ settings, world, opened });
  office.clerk.start();
  office.world.clock.advance(0);
  expect(office.batch(1)).toMatchObject({ state: 'closed', scheduledFor: '2026-12-01' });
  expect(office.batch(1, 'Bar').state).toBe('open');
});

test('at no time of day unless one is set', () => {
  const office = new BackOffice();
  office.clerk.start();
  office.sell(1, 'approved');
  office.world.clock.advance(72 * hourMs);
  expect([office.batch(1).state, office.world.clock.nextDueInMs()]).toEqual(['open', undefined]);
});
