/** Power cuts of the demo's day: the agent is killed in the middle of a sale, and the POS asks again. */
import { until } from '../shop/until.ts';
import type { Stage } from './stage.ts';
import type { Sold, Till } from './till.ts';

/** The agent is killed while the host decides; the POS asks again with the same key. */
export const powerCutInMidSale = async (stage: Stage, till: Till): Promise<Sold> => {
  stage.portal.faults.arm('delay_response', { count: 1, ms: 1_500 });
  const begun = await till.begin(27_00);
  await till.swipe(begun.transactionId);
  await until(
    'the request has left',
    async () => (await till.look(begun.transactionId)).state === 'sent',
  );
  await stage.agent.kill9();
  await stage.agent.start();
  await till.linkIs('online');
  const again = await till.begin(27_00, begun.key);
  await till.readerIs('ready');
  return till.answer(again.transactionId);
};

/** The agent is killed while it waits for a card: nothing was charged, and it says so. */
export const powerCutBeforeTheCard = async (stage: Stage, till: Till): Promise<Sold> => {
  const begun = await till.begin(5_00);
  await stage.agent.kill9();
  await stage.agent.start();
  const again = await till.begin(5_00, begun.key);
  return till.answer(again.transactionId);
};
