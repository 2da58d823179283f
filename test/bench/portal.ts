/**
 * The portal of the bench, as a process of its own, so that what it does is not counted as the agent's. It
 * takes in, acknowledges and answers live requests; stored sales it leaves undecided.
 */
import { join } from 'node:path';
import { nodeWorld } from '../../agent/node-world.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { startPortal } from '../../simulator/portal/portal.ts';
import { benchKeys } from './keys.ts';

/** What it says once it can be reached. */
export const portalIsUp = 'The portal is up.';

export const playPortal = ([brokerUrl = '', directory = '']: readonly string[]): Promise<void> => {
  const portal = startPortal({
    ...{ world: nodeWorld(directory), dial: mqttDial(), brokerUrl, keys: benchKeys },
    database: join(directory, 'portal.sqlite'),
    log: ({ is }) => {
      if (is === 'link.up') process.stdout.write(`${portalIsUp}\n`);
    },
  });
  portal.faults.arm('hold_decisions', { count: 1 });
  return new Promise((resolve) => {
    process.once('SIGTERM', () => {
      portal.stop();
      resolve();
    });
  });
};
