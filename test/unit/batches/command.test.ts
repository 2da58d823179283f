/** Commands: who may have a batch closed from the portal, for how long, and that it happens once. */
import { describe, expect, test } from 'vitest';
import type { ClockTrust, WordBody } from '../../../contract/index.ts';
import { refusalOf } from '../../../agent/batches/command.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { BackOffice } from '../../rigs/back-office.ts';

const minuteMs = 60_000;

const command = (differently: Partial<WordBody<'command'>> = {}): WordBody<'command'> => ({
  ...{ commandId: 'cmd-1', kind: 'batch.close', params: {}, ttlMs: minuteMs },
  issuedBy: { userId: 'ann', role: 'supervisor' },
  ...differently,
});

describe('before it is begun', () => {
  const at = { issuedAt: 1_000_000, receivedElapsedMs: 500 };
  const now = (differently: object = {}) => ({
    ...{ wallMs: 1_000_000, elapsedMs: 500, trust: 'trusted' as ClockTrust },
    ...differently,
  });
  const codeOf = (asked: WordBody<'command'>, when = now()) =>
    refusalOf({ asked, ...at }, when)?.code;

  test.each([
    ['supervisor', undefined],
    ['admin', undefined],
    ['technician', 'role_not_allowed'],
    ['cashier', 'role_not_allowed'],
    ['', 'role_not_allowed'],
    [undefined, 'role_not_allowed'],
  ])('the role %s is answered %s', (role, code) => {
    const issuedBy = { userId: 'ann', ...(role === undefined ? {} : { role }) };
    expect(codeOf(command({ issuedBy }))).toBe(code);
  });

  test.each(['batch.open', 'device.reboot', 'constructor', '__proto__'])(
    'a kind nobody knows, %s, is not supported',
    (kind) => {
      expect(codeOf(command({ kind }))).toBe('unsupported_kind');
    },
  );

  test.each<[string, object, string | undefined]>([
    ['in its time by a clock that is trusted', { wallMs: 1_060_000 }, undefined],
    ['after it', { wallMs: 1_060_001 }, 'command_expired'],
    ['long after it by a clock nobody trusts', { wallMs: 9e9, trust: 'bounded' }, undefined],
    ['in its time since it came here', { elapsedMs: 60_500, trust: 'bounded' }, undefined],
    ['after that', { elapsedMs: 60_501, trust: 'untrusted' }, 'command_expired'],
    ['from a clock that is ahead of ours', { wallMs: 1 }, undefined],
  ])('%s', (_when, differently, code) => {
    expect(codeOf(command(), now(differently))).toBe(code);
  });
});

describe('a command to close', () => {
  test('closes the open batch, and is finished when that is closed', () => {
    const office = new BackOffice({ online: true });
    office.sell(1, 'stored');
    expect(office.say('command', command())).toEqual([undefined]);
    expect(office.batch(1)).toMatchObject({
      ...{ state: 'closing', trigger: 'portal', by: { userId: 'ann', role: 'supervisor' } },
    });
    expect(office.facts('command.finished')).toEqual([]);
    office.decide(1);
    expect(office.batch(1).state).toBe('closed');
    expect(office.facts('command.finished')).toEqual([
      { commandId: 'cmd-1', result: 'succeeded', detail: 'System 1 is closed.' },
    ]);
    expect([office.told('command received'), office.told('command finished')]).toEqual([1, 1]);
    expect(verifyLedger(office.opened.db).findings).toEqual([]);
  });

  test('said twice runs once', () => {
    const office = new BackOffice();
    office.sell(1, 'approved');
    office.say('command', command());
    office.sell(2, 'approved');
    expect(office.say('command', command(), 'another word')).toEqual([
      'the command was taken in before',
    ]);
    expect([office.batch(1).state, office.batch(2).state]).toEqual(['closed', 'open']);
    expect(office.facts('command.finished')).toHaveLength(1);
  });

  test('names the batch, or means the usual one', () => {
    const office = new BackOffice();
    office.sell(1, 'approved');
    office.sell(2, 'approved', { batch: { name: 'Bar', number: 1 } });
    office.say('command', command({ params: { batchName: 'Bar' } }));
    expect([office.batch(1).state, office.batch(1, 'Bar').state]).toEqual(['open', 'closed']);
  });

  test('joins a close that was asked for before, by whomever', () => {
    const office = new BackOffice();
    office.sell(1, 'waiting');
    office.close();
    office.say('command', command());
    office.giveUp(1);
    expect(office.batch(1)).toMatchObject({ state: 'closed', trigger: 'hand' });
    expect(office.facts('command.finished')).toMatchObject([{ result: 'succeeded' }]);
  });

  test.each<[string, Partial<WordBody<'command'>>, object]>([
    ['with nothing open', {}, { result: 'failed', code: 'conflict' }],
    ['with a name that is none', { params: { batchName: 7 } }, { code: 'malformed' }],
    ['with an empty name', { params: { batchName: '' } }, { code: 'malformed' }],
    ['of a cashier', { issuedBy: { userId: 'bob', role: 'cashier' } }, { result: 'rejected' }],
    ['of a kind nobody knows', { kind: 'batch.open' }, { code: 'unsupported_kind' }],
  ])('%s is answered, and nothing is closed', (_what, differently, answer) => {
    const office = new BackOffice();
    office.say('command', command(differently));
    expect(office.facts('command.finished')).toMatchObject([{ commandId: 'cmd-1', ...answer }]);
    expect(office.facts('batch.closed')).toEqual([]);
    expect(office.ledger.commands.received()).toEqual([]);
  });

  test('that was taken in before a restart is run after it, unless its time is over', () => {
    for (const [waitMs, result] of [
      [0, 'succeeded'],
      [minuteMs + 1, 'expired'],
    ] as const) {
      const office = new BackOffice();
      office.sell(1, 'approved');
      const { world, opened, words } = office;
      office.ledger.commit(() => office.ledger.commands.receive(command(), 0));
      world.clock.advance(waitMs);
      const next = new BackOffice({ world, opened, words });
      next.clerk.start();
      world.clock.advance(0);
      expect(next.facts('command.finished')).toMatchObject([{ result }]);
      expect(next.batch(1).state).toBe(result === 'succeeded' ? 'closed' : 'open');
    }
  });
});
