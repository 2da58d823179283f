/**
 * Pushes: an operator changes the settings of the town's group. Whatever else happens, the device has exactly
 * one whole version in force, and in the evening it is the one that is wanted, or the portal knows why not.
 */
import type { SeededDice } from '../../simulator/world/dice.ts';
import { townSubject, type Town } from './town.ts';

const groupId = 'tills';
const { clientId } = townSubject;

/** Two settings that only ever change together: one whole version has both. */
const both = (number: number) => ({
  offline: { countLimit: 50 + number },
  receipt: { footer: [`Version ${50 + number}`] },
});

const putGroup = (town: Town, settings: object): void => {
  const { groups } = town.portal.registry;
  const put = groups.putGroup(clientId, groupId, { settings: { ...settings } });
  if ('code' in put) throw new Error(`The portal refuses its own push: ${put.why}`);
  if (groups.groupIdOf(townSubject) !== groupId) groups.move(townSubject, groupId);
};

export const pushSettings = (town: Town, dice: SeededDice): void => {
  const slow = dice.below(3) === 0 ? { link: { keepaliveSeconds: 60 + dice.below(600) } } : {};
  putGroup(town, { ...both(dice.below(900)), ...slow });
};

/** More than the disk has: the device says no. */
export const pushUnbearable = (town: Town, dice: SeededDice): void =>
  putGroup(town, { ...both(dice.below(900)), storage: { reserveMiB: 1_048_576 } });

/** A broker nobody answers at: the device comes back by itself. */
export const pushWrongBroker = (town: Town, dice: SeededDice): void =>
  putGroup(town, {
    ...both(dice.below(900)),
    link: { brokerUrl: 'mqtts://nowhere' },
    configuration: { confirmWithinSeconds: 30 + dice.below(300) },
  });

/** In the evening what is wanted is something every device can live with. */
export const pushSound = (town: Town): void => putGroup(town, both(949));

/** Whether one whole version is in force, and in the evening the one that is wanted. */
export const ofSettings = (town: Town, isEvening: boolean): string[] => {
  const { agent, portal, plan } = town;
  if (agent === undefined || !plan.faults.has('settings are pushed')) return [];
  const { settings, configuration, ledger } = agent.shop;
  const [footer = ''] = settings['receipt.footer'];
  const isWhole = footer === '' || footer === `Version ${settings['offline.countLimit']}`;
  const { layers, number } = configuration.report();
  const told = ledger.configurations.inForce();
  const found = [
    ...(isWhole ? [] : [`a half version is in force: ${footer} of a limit of another`]),
    ...(told?.number === number ? [] : [`configuration ${number} is in force and was never told`]),
  ];
  // A portal or a ledger that was put back says an older version, and waits for somebody to say it again.
  if (!isEvening || plan.faults.has('portal is restored')) return found;
  const wanted = portal.registry.groups.find(clientId, groupId)?.version;
  if (wanted === undefined || layers.group?.version === wanted) return found;
  return [...found, `version ${wanted} of the group is wanted, ${layers.group?.version} in force`];
};
