/**
 * A shop's day, played by itself: sales and what follows them, a cut line, a lost answer, a pulled reader,
 * power cuts, and in the evening everything at the portal and the batch closed.
 */
import type { BatchAnswer } from '../../agent/local-api/batches.ts';
import { until } from '../shop/until.ts';
import {
  addTip,
  holdAndCapture,
  partOfIt,
  refundPart,
  undo,
  type Scene,
} from './after-the-sale.ts';
import { powerCutBeforeTheCard, powerCutInMidSale } from './power-cuts.ts';
import type { Stage } from './stage.ts';
import type { Sold, Till } from './till.ts';

/** How long the evening may take until nothing waits any more, ms. */
const eveningMs = 30_000;

/** What the till was answered in the moment of each sale, and the batch of the day as it was settled. */
export interface DayBook {
  readonly answers: readonly Sold[];
  readonly batch: BatchAnswer;
}

/** Plays the day; `say` is told each scene before it is played. */
export const playDay = async (
  stage: Stage,
  till: Till,
  say: (scene: string) => void,
): Promise<DayBook> => {
  const answers: Sold[] = [];
  const noted = (sold: Sold) => {
    answers.push(sold);
    return sold;
  };
  const scene: Scene = {
    ...{ stage, till, say, noted },
    sell: async (value, card) =>
      noted(await till.sell({ value, ...(card === undefined ? {} : { card }) })),
  };
  await till.readerIs('ready');
  await till.linkIs('online');
  await till.hasItsGroup();
  await morning(scene);
  await noon(scene);
  await afternoon(scene);
  await evening(scene);
  say('The shop closes its batch, and the portal compares it with its own books.');
  return { answers, batch: await till.closeBatch() };
};

const morning = async (scene: Scene): Promise<void> => {
  const { say, sell } = scene;
  say('Morning. The line is up; the second customer’s bank says no.');
  const breakfast = await sell(12_00);
  await sell(10_05, 'mastercard');
  await sell(23_50, 'amex');
  await addTip(scene, breakfast);
  await holdAndCapture(scene);
  await partOfIt(scene);
};

const noon = async (scene: Scene): Promise<void> => {
  const { stage, till, say, sell } = scene;
  say('Noon. The line is cut. The shop goes on selling, at its own risk and within its limits.');
  stage.cable.pull();
  await till.linkIsNot('online');
  await sell(8_00);
  await sell(15_25, 'mastercard');
  await sell(20_51);
  say('A customer wants more than the shop may risk: a gate refuses.');
  await sell(150_00);
  say('A mistake is noticed at once: a sale is voided before anybody has heard of it.');
  await undo(scene, await sell(9_30));
  say(
    'Meanwhile the portal changes its keys: the device follows, and what it sealed to the old ones counts.',
  );
  stage.portal.registry.rotateKeys();
  say('The line is back; what was stored is forwarded and decided.');
  await lineIsBack(scene);
};

const afternoon = async (scene: Scene): Promise<void> => {
  const { stage, till, say, sell, noted } = scene;
  say(
    'Afternoon. An answer is lost on its way: unknown, never declined, and reversed at the host.',
  );
  stage.portal.faults.arm('drop_response', { count: 1 });
  await sell(31_00);
  await allDecided(stage);

  say('An operator gives the group’s receipts another line; between two customers it is in force.');
  const before = await till.configuration();
  stage.portal.registry.groups.putGroup('corner-shop', 'tills', {
    settings: { receipt: { footer: ['Thank you, and come again'] } },
  });
  await till.isConfiguredAfter(before);

  say('Somebody brings something back, and the host undoes a sale of a minute ago.');
  await refundPart(scene, await sell(17_50, 'mastercard'));
  await undo(scene, await sell(18_00));

  say('Somebody pulls the reader’s cable, and plugs it in again.');
  await stage.reader.unplug();
  await till.readerIs('lost');
  await stage.reader.replug();
  await till.readerIs('ready');
  await sell(9_00);

  say('The power fails in the middle of a sale: the card is read, the request has left.');
  noted(await powerCutInMidSale(stage, till));
};

const evening = async (scene: Scene): Promise<void> => {
  const { stage, till, say, sell, noted } = scene;
  say('Evening. The line is cut again; the last sales are stored, and the power fails once more.');
  stage.cable.pull();
  await till.linkIsNot('online');
  await sell(6_75);
  noted(await powerCutBeforeTheCard(stage, till));
  await till.readerIs('ready');
  await sell(4_20, 'amex');
  say('The line is back. Everything is forwarded and decided.');
  await lineIsBack(scene);
};

const lineIsBack = async ({ stage, till }: Scene): Promise<void> => {
  stage.cable.putBack();
  await till.linkIs('online');
  await allDecided(stage);
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
