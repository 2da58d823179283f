/** Power cuts at chosen moments of a sale, and a POS that asks again with the same key, as it is told to. */
import { randomUUID } from 'node:crypto';
import type { AgentEvent } from '../../simulator/demo/agent-log.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import type { Shop } from '../rigs/shop.ts';

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

export interface UnluckySale {
  readonly value: number;
  readonly moment: Moment;
  readonly key?: string;
}

/** Sells, kills the agent in that moment, starts it again, and asks for the same sale once more. */
export const sellThroughCut = async (
  shop: Shop,
  { value, moment, key = randomUUID() }: UnluckySale,
): Promise<Sold> => {
  await reach(shop, moment, { value, key });
  await shop.agent.kill9();
  return askAgain(shop, value, key);
};

/** Starts the agent and asks for a sale once more; swipes when it turns out that it has only begun now. */
export const askAgain = async (shop: Shop, value: number, key: string): Promise<Sold> => {
  await shop.agent.start();
  await shop.till.readerIs('ready');
  const again = await shop.till.begin(value, key);
  if (again.state === 'awaiting_card') await shop.till.swipe(again.transactionId);
  return shop.till.answer(again.transactionId);
};

const reach = async (
  shop: Shop,
  moment: Moment,
  { value, key }: { readonly value: number; readonly key: string },
): Promise<void> => {
  if (moment === 'asked') {
    // Whether it was heard is what nobody knows afterwards.
    void shop.till.begin(value, key).catch(() => undefined);
    return;
  }
  const seen = shop.log.length;
  if (moment === 'decided') shop.portal.faults.arm('delay_response', { count: 1, ms: 1_000 });
  const { transactionId } = await shop.till.begin(value, key);
  const saw = (what: string, fits: (event: AgentEvent) => boolean) =>
    shop.holds(what, () =>
      shop.log.slice(seen).some((event) => event.transactionId === transactionId && fits(event)),
    );
  if (moment === 'prompted') {
    return saw('a card is asked for', ({ event }) => event === 'payment.prompt');
  }
  await shop.till.swipe(transactionId);
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
