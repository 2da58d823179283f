/** Power cuts at chosen moments, and a POS that asks again with the same key, as it is told to. */
import type { AgentEvent } from '../../simulator/demo/agent-log.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import type { Shop } from '../rigs/shop.ts';
import type { Pos, Sale } from './pos.ts';

/** When the power fails; the request leaves, and the host answers, only while the line is up. */
export const moments = {
  asked: 'while the POS asks',
  prompted: 'before the card',
  swiped: 'right after the card',
  read: 'once the card is read',
  decided: 'after the host has decided',
  answered: 'right after the answer',
} as const;
export type Moment = keyof typeof moments;

/** A moment of a sale, or so many milliseconds after it began. */
export type Cut = Moment | number;

/** Where it is sold, and who sells. */
export interface Counter {
  readonly shop: Shop;
  readonly pos: Pos;
}

/** Sells, kills the agent in that moment unless it dies before, and asks for the same sale again. */
export const sellThroughCut = async (counter: Counter, sale: Sale, cut: Cut): Promise<Sold> => {
  const { pos } = counter;
  if (typeof cut === 'string') await dieIn(counter, () => reach(counter, cut, sale));
  else {
    await dieIn(counter, () => {
      pos.try(sale).catch(() => undefined);
      return passed(cut);
    });
  }
  return pos.sell(sale);
};

/** Has what is stored forwarded, kills the agent so many milliseconds later, and starts it again. */
export const forwardThroughCut = async (counter: Counter, afterMs: number): Promise<void> => {
  const { shop, pos } = counter;
  await dieIn(counter, async () => {
    await shop.agent.client.post('/v1/queue/forward');
    await passed(afterMs);
  });
  await pos.insist(() => shop.till.readerIs('ready'));
};

const dieIn = async ({ shop, pos }: Counter, deed: () => Promise<void>): Promise<void> => {
  await pos.inOneLife(deed);
  if (shop.agent.isRunning()) await shop.agent.kill9();
};

// No wait for something to happen: it is the instant that was drawn.
const passed = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms));

const reach = async ({ shop, pos }: Counter, moment: Moment, sale: Sale): Promise<void> => {
  if (moment === 'asked') {
    // Whether it was heard is what nobody knows afterwards.
    pos.begin(sale).catch(() => undefined);
    return;
  }
  const seen = shop.log.length;
  if (moment === 'decided') shop.portal.faults.arm('delay_response', { count: 1, ms: 1_000 });
  const { transactionId } = await pos.begin(sale);
  const saw = (what: string, fits: (event: AgentEvent) => boolean) =>
    shop.holds(what, () =>
      shop.log.slice(seen).some((event) => event.transactionId === transactionId && fits(event)),
    );
  if (moment === 'prompted') {
    return saw('a card is asked for', ({ event }) => event === 'payment.prompt');
  }
  await shop.till.swipe(transactionId, sale.card);
  switch (moment) {
    case 'swiped':
      return;
    case 'read':
      return saw('the card is read', ({ event }) => event === 'payment.step');
    case 'decided':
      return shop.holds('the host has decided', () =>
        shop.portalLog.some(
          (event) => event.is === 'live.answered' && event.transactionId === transactionId,
        ),
      );
    case 'answered':
      return saw('there is an outcome', ({ outcome }) => outcome !== undefined);
  }
};
