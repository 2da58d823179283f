/** The profile of this device: what the settings say of it, else what the machine says of itself. */
import type { Settings } from '../config/index.ts';
import type { Profile } from '../contract/index.ts';
import { release } from '../firmware/index.ts';
import type { Machine } from './machine.ts';
import { present } from './present.ts';

export const profileOf = (
  machine: Machine,
  settings: Pick<Settings, 'device.name' | 'device.type'>,
): Profile => {
  const { hostName = 'unnamed', node, arch } = machine;
  return {
    type: settings['device.type'],
    name: settings['device.name'] === '' ? hostName : settings['device.name'],
    ...present(machine, 'manufacturer', 'model', 'operatingSystem'),
    agent: { version: release.version, node, arch, ...present(machine, 'serialNumber') },
  };
};
