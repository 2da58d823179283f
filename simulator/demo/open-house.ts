/**
 * Open house: the stage is left to whoever sits in front of it. Cards swipe themselves; faults are typed
 * in.
 */
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { places } from '../../agent/places.ts';
import { testCards, type TestCardName } from '../readers/cards.ts';
import type { AgentEvent } from './agent-log.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

/** How long the customer looks for the card, ms. */
const customerMs = 400;

const isCard = (name: string): name is TestCardName => Object.hasOwn(testCards, name);

/** What the visitor reads first. */
export const welcome = (stage: Stage): string => {
  const { dataDirectory, agent, admin } = stage;
  const cli = `npx holdfast`;
  const data = `--data ${dataDirectory}`;
  const key = join(dataDirectory, places.localKey);
  return [
    '',
    `local API   ${agent.url}`,
    `its key     ${key}`,
    `portal      ${admin.url}/admin   (lists what can be asked of it)`,
    '',
    'Try in another terminal:',
    `  ${cli} sale 42.50 ${data}`,
    `  ${cli} transactions ${data}   # with an ID: one; --receipt customer prints its receipt`,
    `  ${cli} batch close ${data}   # when the day is over`,
    `  ${cli} report ${data}   # what today came to`,
    `  ${cli} status ${data}`,
    `  curl -s -H "x-api-key: $(cat ${key})" ${agent.url}/openapi.json`,
    'What follows a transaction, each with its ID and the same --data:',
    `  ${cli} adjust ID --tip 5.00 · void ID · refund ID --amount 3.50`,
    `  ${cli} authorize 60.00, then capture ID --amount 54.00 --tip 9.00`,
    `  ${cli} sale 40.10 is approved by half: accept ID or reject ID`,
    '',
    'Type here:  cut · mend · unplug · plug · lose (the next answer) · kill · a card’s name to swipe it',
    `            cards: ${Object.keys(testCards).join(', ')}; a sale gets a visa by itself`,
    'Ctrl-C ends it.',
    '',
  ].join('\n');
};

/** A customer who swipes a visa whenever the reader asks. */
export const willingCustomer =
  (stage: () => Stage | undefined) =>
  ({ event, ...fields }: AgentEvent): void => {
    if (event !== 'payment.prompt' || fields['prompt'] !== 'present_card') return;
    setTimeout(() => stage()?.reader.swipe(testCards.visa), customerMs);
  };

/** Does what is typed until the input ends. */
export const takeOrders = (stage: Stage, narrator: Narrator): (() => void) => {
  const deeds: Record<string, () => void | Promise<void>> = {
    cut: () => stage.cable.pull(),
    mend: () => stage.cable.putBack(),
    unplug: () => stage.reader.unplug(),
    plug: () => stage.reader.replug(),
    lose: () => stage.portal.faults.arm('drop_response', { count: 1 }),
    kill: async () => {
      await stage.agent.kill9();
      narrator.line('demo', 'the agent was killed; starting it again');
      await stage.agent.start();
    },
  };
  const input = createInterface({ input: process.stdin });
  // A closed terminal cannot be read; closing time hears of it by itself.
  input.on('error', () => input.close());
  input.on('line', (typed) => {
    const word = typed.trim();
    const deed = deeds[word];
    if (isCard(word)) stage.reader.swipe(testCards[word]);
    else if (deed === undefined && word !== '')
      narrator.line('demo', `"${word}" is nothing I know`);
    else
      void Promise.resolve(deed?.()).catch((error: unknown) =>
        narrator.line('demo', String(error)),
      );
  });
  return () => input.close();
};
