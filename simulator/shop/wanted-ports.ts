/** Wanted ports: where a program is about to listen, looked at before it has begun anything. */
import { faultOfPort } from './port.ts';

export interface WantedPort {
  /** 0 asks for any that is free, and always gets it. */
  readonly port: number;
  /** Who would listen there. */
  readonly what: string;
  /** The option that names another. */
  readonly option: string;
}

/** One sentence about the ports that cannot be had on loopback; `undefined` when all can. */
export const refusalOfPorts = async (
  wanted: readonly WantedPort[],
): Promise<string | undefined> => {
  const looked = await Promise.all(
    wanted.map(async (each) => ({ ...each, fault: await faultOfPort(each.port) })),
  );
  const refused = looked.filter(({ fault }) => fault !== undefined);
  if (refused.length === 0) return undefined;
  const found = refused.map(({ port, what, fault = '' }) =>
    fault === 'EADDRINUSE'
      ? `port ${port} of ${what} is taken`
      : `port ${port} of ${what} cannot be used (${fault})`,
  );
  const options = refused.map(({ option }) => `${option} N`).join(' and ');
  const said = `${found.join(' and ')}; stop what listens there, or choose another with ${options}.`;
  return said.charAt(0).toUpperCase() + said.slice(1);
};
