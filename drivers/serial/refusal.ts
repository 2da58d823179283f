/** Refusals: what it means that the system does not open a device of its own, and what to do about it. */
import type { LineEnd } from '../lines/line.ts';

/** Who has a port open. */
export interface PortHolder {
  readonly processId: number;
  /** The program's short name, as the system has it. */
  readonly program: string;
  /** It is this very process. */
  readonly isThisOne: boolean;
}

/** What can be seen of a port without opening it. */
export interface PortLook {
  /** As far as this user may see. */
  readonly holders: readonly PortHolder[];
  /** What it is called where its path is a link, such as `ttyUSB0`. */
  readonly name?: string;
  /** The group that owns it, and whether that may read and write; `undefined` when nobody knows. */
  readonly group?: OwningGroup;
}

/** The group that owns a device, and whether that may read and write. */
export interface OwningGroup {
  readonly name: string;
  readonly mayUse: boolean;
}

/** Why a port cannot be opened, and a sentence about what to do; `message` is the system's own. */
export const whyNotOpened = (
  path: string,
  message: string,
  look: PortLook = { holders: [] },
): [LineEnd, string] => {
  if (/No such file|No such device/i.test(message)) {
    const todo = 'plug the reader in, or name its port as /dev/serial/by-id/ lists it';
    return ['absent', `${path} is not there; ${todo}.`];
  }
  if (/Permission denied|Operation not permitted/i.test(message)) {
    return ['denied', whyDenied(path, look.group)];
  }
  if (/Cannot lock port|resource busy/i.test(message)) {
    return ['busy', `${path} ${busy(path, look)}.`];
  }
  return ['failed', `${path} cannot be opened as a serial port: ${message}.`];
};

const udevRule =
  'install the udev rule for card readers (packaging/udev/70-holdfast-readers.rules)';

/** The group that the rule gives card readers to. */
const readersGroup = 'cardreader';

/** That this user may not open a device, and what to do: a program that runs gets no new group. */
export const whyDenied = (path: string, group: OwningGroup | undefined): string => {
  const whose = group === undefined ? '' : ` belongs to the group "${group.name}" and`;
  const found = `${path}${whose} may not be opened by this user`;
  const join = (name: string) =>
    `add the user to the group (usermod -aG ${name} USER) and start the agent anew`;
  // Whoever is in the group of root may do more than read cards.
  if (group?.mayUse === true && group.name !== 'root') return `${found}; ${join(group.name)}.`;
  const nor = group?.mayUse === false ? ', nor by that group' : '';
  return `${found}${nor}; ${udevRule}, plug the reader in again, ${join(readersGroup)}.`;
};

const busy = (path: string, { holders, name }: PortLook): string => {
  const holder = holders.find(({ isThisOne }) => isThisOne) ?? holders[0];
  if (holder === undefined)
    return 'is in use by another program (PORT_BUSY); stop that program first';
  if (holder.isThisOne) {
    return 'is in use by this agent itself (PORT_BUSY); two readers have the same port, take one out';
  }
  const { program, processId } = holder;
  const port = name ?? path.replace(/^.*\//, '');
  const advice = known[program]?.(port) ?? `stop it first (systemctl, or kill ${processId})`;
  return `is in use by ${program}, process ${processId} (PORT_BUSY); ${advice}`;
};

/** Programs that are often in the way, and what to do about each. */
const known: Readonly<Record<string, (port: string) => string>> = {
  ModemManager: () => `${udevRule}, which keeps it away from card readers`,
  brltty: () =>
    'it takes USB adapters for Braille displays: systemctl disable --now brltty brltty-udev',
  agetty: (port) => `a login waits there: systemctl disable --now serial-getty@${port}`,
  gpsd: () => 'it takes the port for a GPS receiver: systemctl disable --now gpsd.socket gpsd',
  ser2net: () => 'name its port as a reader with line "tcp" and path "host:port", or stop it',
};
