/** Registering a device as a technician does: the built command, a one-time code, the portal's address. */
import { builtCommand } from './agent-process.ts';
import { startChild, type Child } from './child.ts';

export interface Registering {
  /** The data directory of the device. */
  readonly data: string;
  readonly code: string;
  /** Where the portal registers devices. */
  readonly portalUrl: string;
  /** A file with the authority of the broker's certificate, if it is a private one. */
  readonly ca?: string;
}

/** Begins `holdfast register`. */
export const beginRegistration = ({ data, code, portalUrl, ca }: Registering): Child =>
  startChild({
    command: process.execPath,
    args: [
      ...[builtCommand, 'register', code, '--portal', portalUrl, '--data', data],
      ...(ca === undefined ? [] : ['--ca', ca]),
    ],
  });

/** Registers a device; fails with what the command said when it does not. */
export const registerDevice = async (registering: Registering): Promise<void> => {
  const child = beginRegistration(registering);
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`The device did not register: ${child.output()}`);
};
