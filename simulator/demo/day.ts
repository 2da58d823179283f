/**
 * A shop's day, played by itself: sales, a cut line, a lost answer, a pulled reader, a power cut, and in
 * the evening everything at the portal.
 */
import type { Stage } from './stage.ts';
import type { Sold, Till } from './till.ts';
import { until } from '../shop/until.ts';

/** How long the evening may take until nothing waits any more, ms. */
const eveningMs = 30_000;

/** What the till was answered in the moment of each sale. */
export interface DayBook {
  readonly answers: readonly Sold[];
}

/** Plays the day; `say` is told each scene before it is played. */
export const playDay = async (
  stage: Stage,
  till: Till,
  say: (scene: string) => void,
): Promise<DayBook> => {
  const answers: Sold[] = [];
  const sell = async (value: number, card?: 'visa' | 'mastercard' | 'amex') => {
    const sold = await till.sell({ value, ...(card === undefined ? {} : { card }) });
    answers.push(sold);
    return sold;
  };
  await till.readerIs('ready');
  await till.linkIs('online');

  say('Morning. The line is up; the second customer’s bank says no.');
  await sell(12_00);
  await sell(10_05, 'mastercard');
  await sell(23_50, 'amex');

  say('Noon. The line is cut. The shop goes on selling, at its own risk and within its limits.');
  stage.cable.pull();
  await till.linkIsNot('online');
  await sell(8_00);
  await sell(15_25, 'mastercard');
  await sell(20_51);
  say('A customer wants more than the shop may risk: a gate refuses.');
  await sell(150_00);

  say('The line is back; what was stored is forwarded and decided.');
  stage.cable.putBack();
  await till.linkIs('online');
  await allDecided(stage);

  say(
    'Afternoon. An answer is lost on its way: unknown, never declined, and reversed at the host.',
  );
  stage.portal.faults.arm('drop_response', { count: 1 });
  await sell(31_00);
  await allDecided(stage);

  say('Somebody pulls the reader’s cable, and plugs it in again.');
  await stage.reader.unplug();
  await till.readerIs('lost');
  await stage.reader.replug();
  await till.readerIs('ready');
  await sell(9_00);

  say('The power fails in the middle of a sale: the card is read, the request has left.');
  answers.push(await powerCutInMidSale(stage, till));

  say('Evening. The line is cut again; the last sales are stored, and the power fails once more.');
  stage.cable.pull();
  await till.linkIsNot('online');
  await sell(6_75);
  answers.push(await powerCutBeforeTheCard(stage, till));
  await till.readerIs('ready');
  await sell(4_20, 'amex');

  say('The line is back. Everything is forwarded and decided.');
  stage.cable.putBack();
  await till.linkIs('online');
  await allDecided(stage);
  return { answers };
};

/** The agent is killed while the host decides; the POS asks again with the same key. */
const powerCutInMidSale = async (stage: Stage, till: Till): Promise<Sold> => {
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
const powerCutBeforeTheCard = async (stage: Stage, till: Till): Promise<Sold> => {
  const begun = await till.begin(5_00);
  await stage.agent.kill9();
  await stage.agent.start();
  const again = await till.begin(5_00, begun.key);
  return till.answer(again.transactionId);
};

const allDecided = ({ agent }: Stage): Promise<void> => {
  const look = async () => {
    const { body } = await agent.client.get('/v1/status');
    const { queue } = body as {
      queue: { unsentEntries: number; exposure: unknown[]; reversing: number };
    };
    return queue.unsentEntries === 0 && queue.exposure.length === 0 && queue.reversing === 0;
  };
  return until('nothing waits at the agent any more', look, eveningMs);
};
