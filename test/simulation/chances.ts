/**
 * What may happen in a day: a table of happenings, each with its weight, and the fault it belongs to. Only
 * faults that exist in a seed's world happen in it.
 */
import { subjectName } from '../../contract/index.ts';
import { faultNames, type FaultName } from '../../simulator/portal/faults.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { WorldFault } from './plan.ts';
import { pushSettings, pushUnbearable, pushWrongBroker } from './pushes.ts';
import { restoreLedger } from './restored-ledger.ts';
import type { Note } from './till.ts';
import { townSubject, type Town } from './town.ts';
import { yearGoesBy } from './year.ts';

export interface Chance {
  readonly name: string;
  readonly weight: number;
  readonly of?: WorldFault;
  readonly happens: (town: Town, dice: SeededDice) => void | Promise<void>;
}

/** Faults of the portal that only hold up; what is held up for ever is not a fault but an end. */
const portalFaults: readonly FaultName[] = faultNames.filter(
  (name) => name !== 'hold_decisions' && name !== 'hold_settlements',
);

const hourMs = 3_600_000;
const townDevice = subjectName(townSubject);

export const chances: readonly Chance[] = [
  {
    name: 'a sale',
    weight: 50,
    happens: (town, dice) => ask(town, town.till.next(dice, town.plan.readers), dice),
  },
  { name: 'a follow-up', weight: 22, happens: (town, dice) => followUp(town, dice) },
  { name: 'the POS answers', weight: 12, happens: (town, dice) => answerPos(town, dice) },
  { name: 'somebody closes the batch', weight: 5, happens: (town) => closeBatch(town) },
  { name: 'the portal closes the batch', weight: 2, happens: (town) => commandClose(town) },
  { name: 'somebody changes a sale at the portal', weight: 3, happens: changeAtPortal },
  { name: 'somebody parks a record', weight: 3, happens: (town, dice) => park(town, dice) },
  { name: 'somebody releases a record', weight: 4, happens: (town, dice) => release(town, dice) },
  { name: 'a sale asked for again', weight: 12, happens: (town, dice) => askAgain(town, dice) },
  {
    name: 'another sale under a key that is taken',
    weight: 2,
    happens: (town, dice) => askOtherwise(town, dice),
  },
  { name: 'a cancellation', weight: 3, happens: (town, dice) => cancel(town, dice) },
  {
    name: 'the line is cut',
    weight: 9,
    of: 'line is cut',
    happens: ({ broker }) => broker.cut('till'),
  },
  { name: 'the line is mended', weight: 9, happens: ({ broker }) => broker.mend('till') },
  {
    name: 'the line drops',
    weight: 4,
    of: 'line is cut',
    happens: ({ broker }) => broker.drop('till'),
  },
  {
    name: 'the portal loses the broker',
    weight: 2,
    of: 'line is cut',
    happens: ({ broker }) => broker.drop('portal'),
  },
  { name: 'the portal misbehaves', weight: 12, of: 'portal misbehaves', happens: misbehave },
  {
    name: 'the portal restarts',
    weight: 4,
    of: 'portal restarts',
    happens: (town) => town.restartPortal(),
  },
  {
    name: 'the portal is backed up',
    weight: 5,
    of: 'portal is restored',
    happens: (town) => town.backUpPortal(),
  },
  {
    name: 'the portal is restored',
    weight: 3,
    of: 'portal is restored',
    happens: (town) => town.restorePortal(),
  },
  { name: 'answers stay out', weight: 6, of: 'answers stay out', happens: stayOut },
  {
    name: 'the process is killed',
    weight: 5,
    of: 'process is killed',
    happens: (town) => end(town, 'process'),
  },
  {
    name: 'the power fails',
    weight: 3,
    of: 'process is killed',
    happens: (town) => end(town, 'power'),
  },
  {
    name: 'the power will fail at a commit',
    weight: 8,
    of: 'power is cut at a commit',
    happens: ({ disk }, dice) => disk.cutAfter(1 + dice.below(12)),
  },
  { name: 'the power flickers', weight: 3, of: 'power flickers', happens: flicker },
  {
    name: 'the agent is stopped in order',
    weight: 4,
    of: 'agent is stopped in order',
    happens: stop,
  },
  {
    name: 'the disk is full',
    weight: 3,
    of: 'disk fills up',
    happens: ({ disk }) => disk.fill({ andSaySo: true }),
  },
  {
    name: 'the disk refuses to write',
    weight: 3,
    of: 'disk fills up',
    happens: ({ disk }) => disk.fill({ andSaySo: false }),
  },
  {
    name: 'the disk has room again',
    weight: 6,
    of: 'disk fills up',
    happens: ({ disk }) => disk.clear(),
  },
  {
    name: 'a reader is pulled',
    weight: 5,
    of: 'reader is pulled',
    happens: (town, dice) => wireOf(town, dice)?.unplug(),
  },
  {
    name: 'a reader is plugged in',
    weight: 6,
    of: 'reader is pulled',
    happens: (town, dice) => wireOf(town, dice)?.replug(),
  },
  {
    name: 'the wall clock jumps',
    weight: 4,
    of: 'clock jumps',
    happens: ({ machine }, dice) => machine.jumpWall((dice.fraction() - 0.5) * 100 * 24 * hourMs),
  },
  {
    name: 'the wall clock is set right',
    weight: 3,
    of: 'clock jumps',
    happens: ({ machine }) => machine.setWall(),
  },
  { name: 'the ledger is copied', weight: 4, of: 'ledger is restored', happens: copyLedger },
  { name: 'the ledger is restored', weight: 2, of: 'ledger is restored', happens: restoreLedger },
  {
    name: 'an operator opens a new epoch',
    weight: 4,
    of: 'ledger is restored',
    happens: (town) => town.openEpoch(),
  },
  {
    name: 'a year goes by',
    weight: 4,
    of: 'a year goes by',
    happens: async (town, dice) => {
      const mayForget = town.plan.faults.has('portal is restored');
      if (mayForget) town.backUpPortal();
      await closeBatch(town);
      await town.pass(60_000);
      await yearGoesBy(town);
      // Sometimes the portal has nothing left but a backup from before.
      if (mayForget && dice.below(2) === 0) town.restorePortal();
    },
  },
  {
    name: 'the portal changes its keys',
    weight: 4,
    of: 'keys are rotated',
    happens: ({ portal }) => void portal.registry.rotateKeys(),
  },
  {
    name: 'an operator disables the device',
    weight: 2,
    of: 'device is disabled',
    happens: (town) => town.setStatus('Disabled'),
  },
  {
    name: 'an operator lets the device sell again',
    weight: 6,
    of: 'device is disabled',
    happens: (town) => town.setStatus('Active'),
  },
  {
    name: 'an operator pushes settings',
    weight: 8,
    of: 'settings are pushed',
    happens: pushSettings,
  },
  {
    name: 'an operator pushes what the device cannot bear',
    weight: 2,
    of: 'settings are pushed',
    happens: pushUnbearable,
  },
  {
    name: 'an operator pushes a wrong broker',
    weight: 2,
    of: 'settings are pushed',
    happens: pushWrongBroker,
  },
  { name: 'nothing', weight: 5, happens: () => undefined },
];

/** Draws what happens next in a town. */
export const draw = (town: Town, dice: SeededDice): Chance => {
  const possible = chances.filter(({ of }) => of === undefined || town.plan.faults.has(of));
  let at = dice.below(possible.reduce((sum, { weight }) => sum + weight, 0));
  for (const chance of possible) {
    at -= chance.weight;
    if (at < 0) return chance;
  }
  throw new Error('The weights do not add up.');
};

const wireOf = (town: Town, dice: SeededDice) =>
  [...town.wires.values()][dice.below(town.wires.size)];

/** The till asks, if the agent is there to be asked. */
export const ask = (town: Town, note: Note, dice?: SeededDice): Promise<void> =>
  town.survive(() => {
    const { agent, till, story, clock } = town;
    if (agent === undefined) return;
    const { begun, wrong } = till.ask(agent.shop.cashier, note);
    town.wrong.push(...wrong);
    story.tell(
      `the till asks under ${note.key}: ${begun.is === 'refused' ? begun.code : begun.is}`,
    );
    if (begun.is === 'refused') story.refused(begun.code);
    else if (begun.is === 'begun' && dice !== undefined && dice.fraction() < 0.1) {
      const { transactionId } = begun.transaction.order;
      clock.after(dice.below(2_000), () => town.agent?.shop.cashier.cancel(transactionId));
    }
  });

const askAgain = async (town: Town, dice: SeededDice): Promise<void> => {
  const note = town.till.some(dice);
  if (note !== undefined) await ask(town, note);
};

const askOtherwise = (town: Town, dice: SeededDice): Promise<void> =>
  town.survive(() => {
    const note = town.till.some(dice);
    if (note === undefined || town.agent === undefined || (note.transactionIds.at(-1) ?? '') === '')
      return;
    const begun = town.till.askOtherwise(town.agent.shop.cashier, note);
    if (begun.is === 'refused') town.story.refused(begun.code);
    else town.wrong.push(`I1: ${note.key} was taken for another sale`);
  });

const cancel = (town: Town, dice: SeededDice): Promise<void> =>
  town.survive(() => {
    const known = town.answers.all();
    const transactionId = known[dice.below(known.length + 1)] ?? 'txn_00000000000000000000000000';
    const cancelled = town.agent?.shop.cashier.cancel(transactionId);
    if (cancelled?.is === 'refused') town.story.refused(cancelled.code);
  });

const followUp = async (town: Town, dice: SeededDice): Promise<void> => {
  const note = town.till.follow(dice);
  if (note !== undefined) await ask(town, note);
};

/** Something that is open in the ledger, in one of these states. */
const someOpen = (town: Town, dice: SeededDice, ...states: string[]): string | undefined => {
  const open = town.agent?.shop.ledger.transactions.open() ?? [];
  const fitting = open.filter(({ payment }) => states.includes(payment.is));
  return fitting[dice.below(Math.max(1, fitting.length))]?.order.transactionId;
};

const answerPos = (town: Town, dice: SeededDice): Promise<void> =>
  town.survive(() => {
    const id = someOpen(town, dice, 'partially_approved', 'challenged');
    const { cashier } = town.agent?.shop ?? {};
    if (id === undefined || cashier === undefined) return;
    const isMeant = dice.fraction() < 0.6;
    const settled = isMeant ? cashier.accept(id) : cashier.reject(id);
    town.story.tell(`the POS ${isMeant ? 'accepts' : 'rejects'} ${id}: ${settled.is}`);
    if (settled.is === 'refused') town.story.refused(settled.code);
    else town.story.reach(`recovery: the POS ${isMeant ? 'accepts' : 'rejects'}`);
  });

const somebody = { userId: 'somebody', role: 'supervisor' };

const closeBatch = (town: Town): Promise<void> =>
  town.survive(() => {
    const closed = town.agent?.shop.clerk.close({ by: somebody });
    if (closed !== undefined) town.story.tell(`somebody closes the batch: ${namesIn(closed)}`);
  });

const namesIn = (closed: object): string =>
  'code' in closed
    ? String(closed.code)
    : 'state' in closed
      ? JSON.stringify(closed.state).slice(0, 20)
      : '';

function commandClose(town: Town): void {
  const order = { kind: 'batch.close', params: {}, issuedBy: somebody, ttlMs: hourMs };
  town.portal.command(townSubject, order);
}

/** Somebody at the portal undoes, refunds or adjusts what stands there. */
function changeAtPortal(town: Town, dice: SeededDice): void {
  const all = town.agent?.shop.ledger.transactions.list({ limit: 50 }) ?? [];
  const approved = all.filter(
    ({ order, payment }) => payment.is === 'approved' && ['sale', 'capture'].includes(order.type),
  );
  const some = approved[dice.below(Math.max(1, approved.length))];
  if (some === undefined) return;
  const { transactionId, amount } = some.order;
  const part = { value: Math.max(1, Math.floor(amount.value / 4)), currency: amount.currency };
  const wishes = [
    { kind: 'void' as const },
    { kind: 'refund' as const, amount: part },
    { kind: 'adjustment' as const, amount: { ...part, value: amount.value - part.value } },
  ];
  const wish = wishes[dice.below(wishes.length)] ?? { kind: 'void' as const };
  const changed = town.portal.change({ device: townDevice, transactionId, by: somebody, ...wish });
  town.story.tell(`somebody does a ${wish.kind} of ${transactionId} at the portal: ${changed.is}`);
  if (changed.is === 'changed') town.changed.add(transactionId);
}

const park = (town: Town, dice: SeededDice): Promise<void> =>
  town.survive(() => {
    const id = someOpen(town, dice, 'stored', 'advised');
    if (id !== undefined) town.agent?.shop.cashier.hold(id, somebody, 'looked strange');
  });

const release = (town: Town, dice: SeededDice): Promise<void> =>
  town.survive(() => {
    const id = someOpen(town, dice, 'held');
    if (id !== undefined) town.agent?.shop.cashier.release(id, somebody);
  });

/** Everything that is parked is released, as somebody does before they go home. */
export const releaseAll = (town: Town): Promise<void> =>
  town.survive(() => {
    const open = town.agent?.shop.ledger.transactions.open() ?? [];
    for (const { order, payment } of open) {
      if (payment.is === 'held') town.agent?.shop.cashier.release(order.transactionId, somebody);
    }
  });

function misbehave(town: Town, dice: SeededDice): void {
  const name = portalFaults[dice.below(portalFaults.length)] ?? 'drop_response';
  town.story.fault(name);
  // A moment late is another thing than a minute: then the reversal is still on its way.
  const ms = dice.below([200, 60_000][dice.below(2)] ?? 200);
  town.portal.faults.arm(name, { count: 1 + dice.below(3), ms });
}

/** The host hears everything and is never heard; a counter that sells on has ever more to reverse. */
function stayOut(town: Town): void {
  town.portal.faults.arm('hold_decisions', { count: 1 });
  town.portal.faults.arm('drop_response', { count: 40 });
}

async function end(town: Town, kind: 'process' | 'power'): Promise<void> {
  town.kill(kind);
  await town.start();
}

/** Off and on a few times, with nobody there to say what time it is. */
async function flicker(town: Town, dice: SeededDice): Promise<void> {
  town.broker.cut('till');
  for (let times = 2 + dice.below(4); times > 0; times -= 1) {
    town.kill('power');
    const behindMs = dice.below(2) * dice.below(48) * hourMs;
    if (!town.plan.faults.has('clock forgets')) town.machine.reboot(behindMs);
    await town.start();
    await town.pass(dice.below(20_000));
  }
}

/** While a sale is under way, for that is what a copy is worst for. */
async function copyLedger(town: Town, dice: SeededDice): Promise<void> {
  await ask(town, town.till.next(dice, town.plan.readers));
  town.clock.after(dice.below(4_000), () => town.copyLedger());
}

function stop(town: Town, dice: SeededDice): Promise<void> {
  const note = town.till.next(dice, town.plan.readers);
  return town.stopInOrder((agent) => {
    const { begun } = town.till.ask(agent.shop.cashier, note);
    if (begun.is === 'refused') town.story.refused(begun.code);
  });
}
