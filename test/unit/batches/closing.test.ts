/** The clerk: when a batch is closed, what goes where meanwhile, and what stops it. */
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { idOf } from '../../fixtures/payments.ts';
import { BackOffice, cashier, settlementOf } from '../../rigs/back-office.ts';

const sound = ({ opened }: BackOffice): void =>
  expect(verifyLedger(opened.db).findings).toEqual([]);

const batchOf = ({ ledger }: BackOffice, number: number) =>
  ledger.transactions.find(idOf('txn', number))?.order.batch.number;

describe('by hand', () => {
  test('a batch in which nothing waits is closed at once, with what is in it', () => {
    const office = new BackOffice();
    office.sell(1, 'approved');
    office.sell(2, 'approved', { type: 'refund', amount: { value: 250, currency: 'USD' } });
    expect(office.batch(1)).toMatchObject({ state: 'open', outcome: null, count: 2 });
    expect(office.close()).toBe('closed');
    expect(office.batch(1)).toMatchObject({
      ...{ batchId: 'System-1', state: 'closed', outcome: 'unconfirmed', trigger: 'hand' },
      ...{ by: cashier, count: 2, net: [{ value: 4_000, currency: 'USD' }], carried: [] },
    });
    expect(office.facts('batch.closed')).toMatchObject([
      { batch: { name: 'System', number: 1 }, trigger: 'hand', by: cashier, pages: 1 },
    ]);
    expect([office.told('closing'), office.told('closed'), office.wakes]).toEqual([1, 1, 2]);
    sound(office);
  });

  test('with nothing open it is refused, and so is a number that never was', () => {
    const office = new BackOffice();
    expect(office.close()).toBe('conflict');
    office.sell(1, 'approved');
    expect(office.close(2)).toBe('not_found');
    expect([office.close(), office.close(), office.close(1, 'Bar')]).toEqual([
      ...['closed', 'conflict', 'not_found'],
    ]);
  });

  test('a closed number is answered as it ended, again and again, and told once', () => {
    const office = new BackOffice();
    office.sell(1, 'approved');
    office.close();
    const first = office.batch(1);
    office.sell(2, 'approved');
    expect([office.close(1), office.close(1)]).toEqual(['closed', 'closed']);
    expect(office.batch(1)).toEqual(first);
    expect([office.facts('batch.closed').length, office.batch(2).state]).toEqual([1, 'open']);
  });

  test('each name has numbers of its own', () => {
    const office = new BackOffice();
    office.sell(1, 'approved');
    office.sell(2, 'approved', { batch: { name: 'Bar', number: 1 } });
    expect(office.close(undefined, 'Bar')).toBe('closed');
    expect([office.batch(1).state, office.batch(1, 'Bar').state]).toEqual(['open', 'closed']);
    office.sell(3, 'approved', { batch: { name: 'Bar', number: 1 } });
    expect([office.batch(1).count, office.batch(2, 'Bar').count]).toEqual([1, 1]);
    sound(office);
  });

  test('the default name is a setting', () => {
    const office = new BackOffice({ settings: { 'batch.name': 'Bar' } });
    office.sell(1, 'approved', { batch: { name: 'Bar', number: 1 } });
    expect(office.close()).toBe('closed');
    expect(office.batch(1, 'Bar').batchId).toBe('Bar-1');
  });
});

describe('waiting', () => {
  test.each(['waiting', 'sent'] as const)(
    'a sale that is %s holds the close for as long as it takes, and new sales go to the next',
    (how) => {
      const office = new BackOffice({ online: true });
      office.sell(1, how);
      expect(office.close()).toBe('closing');
      office.sell(2, 'approved');
      office.world.clock.advance(86_400_000);
      expect(office.batch(1)).toMatchObject({ state: 'closing', waitsFor: { underWay: 1 } });
      expect([batchOf(office, 1), batchOf(office, 2)]).toEqual([1, 2]);
      office.stand(1, 'declined', 'declined');
      expect(office.batch(1)).toMatchObject({ state: 'closed', count: 0 });
      expect(office.batch(2)).toMatchObject({ state: 'open', count: 1 });
    },
  );

  test('a partial approval holds it too, until the point of sale has answered', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'sent');
    office.stand(1, 'partially_approved', 'partially_approved');
    expect(office.close()).toBe('closing');
    office.world.clock.advance(86_400_000);
    expect(office.batch(1).state).toBe('closing');
  });

  test('reversals and stored sales are waited for while the portal is there', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'stored');
    office.sell(2, 'unknown');
    expect(office.close()).toBe('closing');
    expect(office.batch(1).waitsFor).toEqual({ underWay: 0, reversals: 1, undecided: 2 });
    office.undo(2);
    expect(office.batch(1).waitsFor).toEqual({ underWay: 0, reversals: 0, undecided: 1 });
    office.decide(1);
    expect(office.batch(1)).toMatchObject({
      ...{ state: 'closed', count: 1, carried: [] },
      totals: [{ approved: { count: 1, value: 4_250 }, pending: { count: 0 } }],
    });
    sound(office);
  });

  test('but no longer than the setting says: then they are pending, or carried', () => {
    const office = new BackOffice({ online: true, settings: { 'batch.closeWithinMs': 60_000 } });
    office.sell(1, 'stored');
    office.sell(2, 'unknown');
    office.close();
    office.world.clock.advance(59_999);
    expect(office.batch(1).state).toBe('closing');
    office.world.clock.advance(1);
    expect(office.batch(1)).toMatchObject({
      ...{ state: 'closed', count: 2, carriedTo: { name: 'System', number: 2 } },
      totals: [{ pending: { count: 1, value: 4_250 }, carried: { count: 1, value: 4_250 } }],
    });
    expect([batchOf(office, 1), batchOf(office, 2)]).toEqual([1, 2]);
    sound(office);
  });

  test('and not at all while the portal is not there, or once it has gone', () => {
    const offline = new BackOffice();
    offline.sell(1, 'stored');
    expect(offline.close()).toBe('closed');
    const lost = new BackOffice({ online: true });
    lost.sell(1, 'stored');
    expect(lost.close()).toBe('closing');
    lost.online = false;
    lost.look();
    expect(lost.batch(1)).toMatchObject({ state: 'closed', totals: [{ pending: { count: 1 } }] });
  });

  test('a held sale is waited for by nobody: it is carried', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'stored');
    office.stand(1, 'held', 'held');
    expect(office.close()).toBe('closed');
    expect([batchOf(office, 1), office.batch(1).carried]).toEqual([2, [idOf('txn', 1)]]);
  });

  test('the attempts of a stored sale that is decided are waited for while they are reversed', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'unknown');
    office.stand(1, 'approved', 'approved');
    expect(office.close()).toBe('closing');
    expect(office.batch(1).waitsFor).toEqual({ underWay: 0, reversals: 1, undecided: 0 });
    office.undo(1);
    expect(office.batch(1).state).toBe('closed');
  });
});

test('a batch that was closing when the agent stopped is closed when it starts again', () => {
  const before = new BackOffice({ online: true });
  before.sell(1, 'stored');
  expect(before.close()).toBe('closing');
  const { world, opened } = before;
  const office = new BackOffice({ world, opened });
  office.clerk.start();
  world.clock.advance(0);
  expect(office.batch(1)).toMatchObject({ state: 'closed', trigger: 'hand', by: cashier });
});

describe('what is carried', () => {
  test('stands in the next batch and in no total of the first, and ends there', () => {
    const office = new BackOffice();
    office.sell(1, 'unknown');
    office.sell(2, 'approved');
    office.close();
    expect(office.batch(2)).toMatchObject({ state: 'open', count: 1 });
    office.undo(1);
    expect(office.batch(2).count).toBe(0);
    office.sell(3, 'approved');
    expect(office.close(2)).toBe('closed');
    expect(office.batch(1).totals).toMatchObject([
      { approved: { count: 1 }, carried: { count: 1 } },
    ]);
    expect(office.batch(2).totals).toMatchObject([
      { approved: { count: 1 }, carried: { count: 0 } },
    ]);
    sound(office);
  });

  test('is carried on for as long as nobody knows', () => {
    const office = new BackOffice();
    office.sell(1, 'unknown');
    for (const number of [1, 2, 3]) expect(office.close(number)).toBe('closed');
    expect(batchOf(office, 1)).toBe(4);
    expect(office.facts('batch.closed').map(({ carriedTo }) => carriedTo?.number)).toEqual([
      2, 3, 4,
    ]);
    sound(office);
  });

  test('goes to the next number also while that is closing itself, and numbers close in order', () => {
    const office = new BackOffice();
    office.sell(1, 'unknown');
    office.sell(2, 'sent');
    expect(office.close()).toBe('closing');
    office.sell(3, 'approved');
    expect(office.close()).toBe('closing');
    office.sell(4, 'approved');
    office.stand(2, 'declined', 'declined');
    expect([1, 2, 3].map((number) => office.batch(number).state)).toEqual([
      ...['closed', 'closed', 'open'],
    ]);
    expect(office.facts('batch.closed').map(({ batch }) => batch.number)).toEqual([1, 2]);
    expect([batchOf(office, 1), office.batch(2).carried]).toEqual([3, [idOf('txn', 1)]]);
  });
});

describe('by a limit', () => {
  test('a batch is closed as soon as it holds so many, and the next sale opens the next', () => {
    const office = new BackOffice({ settings: { 'batch.closeAtCount': 2 } });
    for (const number of [1, 2, 3]) office.sell(number, 'approved');
    expect(office.batch(1)).toMatchObject({ state: 'closed', trigger: 'count', count: 2 });
    expect(office.batch(2)).toMatchObject({ state: 'open', count: 1 });
  });

  test('or so much', () => {
    const office = new BackOffice({ settings: { 'batch.closeAtAmount': { USD: '85.00' } } });
    for (const number of [1, 2]) office.sell(number, 'stored');
    expect(office.batch(1)).toMatchObject({ state: 'closed', trigger: 'amount', count: 2 });
  });

  test('but what is carried fills no batch, or each would close the next for ever', () => {
    const office = new BackOffice({ settings: { 'batch.closeAtCount': 1 } });
    office.sell(1, 'unknown');
    office.sell(2, 'approved');
    expect(office.batch(1)).toMatchObject({ state: 'closed', carried: [idOf('txn', 1)] });
    expect(office.batch(2)).toMatchObject({ state: 'open', count: 1 });
  });
});

describe('a storage that refuses', () => {
  const breakDisk = ({ opened }: BackOffice, broken: boolean) =>
    void opened.db.pragma(`query_only = ${broken ? 'ON' : 'OFF'}`);

  test('refuses a close by hand, which changes nothing, until it writes again', () => {
    const office = new BackOffice();
    office.sell(1, 'waiting');
    office.close();
    office.sell(2, 'approved');
    office.giveUp(1);
    expect(office.batch(1).state).toBe('closed');
    breakDisk(office, true);
    expect(office.close()).toBe('storage_unavailable');
    expect(office.batch(2).state).toBe('open');
    expect(office.told('storage trouble')).toBe(1);
    breakDisk(office, false);
    office.world.clock.advance(5_000);
    expect(office.told('storage back')).toBe(1);
    expect(office.close()).toBe('closed');
    sound(office);
  });

  test('in the midst of a close leaves the batch closing, and whole', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'stored');
    office.close();
    breakDisk(office, true);
    office.online = false;
    office.look();
    expect(office.batch(1).state).toBe('closing');
    breakDisk(office, false);
    office.world.clock.advance(5_000);
    expect(office.batch(1)).toMatchObject({ state: 'closed', totals: [{ pending: { count: 1 } }] });
    expect(office.facts('batch.closed')).toHaveLength(1);
    sound(office);
  });
});

test('who waits for a batch hears of its close, and of its settlement', async () => {
  const office = new BackOffice();
  office.sell(1, 'sent');
  office.close();
  const closed = office.clerk.changed({ name: 'System', number: 1 }, 60_000);
  office.stand(1, 'declined', 'declined');
  await closed;
  expect(office.batch(1).state).toBe('closed');
  // While the portal is not there nobody waits for it; else until it has answered, or the time is over.
  await office.clerk.changed({ name: 'System', number: 1 }, 60_000);
  office.online = true;
  const late = office.clerk.changed({ name: 'System', number: 1 }, 60_000);
  office.world.clock.advance(60_000);
  await late;
  const settled = office.clerk.changed({ name: 'System', number: 1 }, 60_000);
  office.say('settlement', settlementOf(1));
  await settled;
  expect(office.batch(1).outcome).toBe('agreed');
  await office.clerk.changed({ name: 'System', number: 1 }, 60_000);
});

test('a clerk with nothing to close is not woken by a sale', () => {
  const office = new BackOffice();
  office.clerk.start();
  office.world.clock.advance(0);
  office.sell(1, 'approved');
  office.clerk.look();
  expect(office.world.clock.nextDueInMs()).toBeUndefined();
});
