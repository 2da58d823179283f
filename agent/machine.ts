/**
 * The machine this runs on, as its firmware and its system describe it. A door to `node:fs`: a device tree
 * where there is one (Raspberry Pi and most boards), else the tables of a PC.
 */
import { readFileSync } from 'node:fs';
import { profileText } from '../contract/index.ts';

export interface Machine {
  /** What it is called in its network. */
  readonly hostName?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly operatingSystem?: string;
  /** The board's own number, where it has one that may be read. */
  readonly serialNumber?: string;
  /** What runs the agent: Node's version, and for which processor. */
  readonly node: string;
  readonly arch: string;
}

/** What boards say whose maker did not fill it in. */
const unfilled = new RegExp(
  `^(${[
    'to be filled by o\\.?e\\.?m\\.?',
    'default string',
    'system (manufacturer|product name|serial number)',
    'not (specified|applicable)',
    'none',
    'n/a',
    '0+',
  ].join('|')})$`,
  'i',
);

/** Looks at the machine; `root` is where the system's files begin. */
export const thisMachine = (root = ''): Machine => {
  const read = (path: string) => textIn(`${root}${path}`);
  const tree = (name: string) => read(`/sys/firmware/devicetree/base/${name}`);
  const table = (name: string) => read(`/sys/class/dmi/id/${name}`);
  // A device tree lists what a board is like, each with its maker: "raspberrypi,4-model-b".
  const maker = raw(`${root}/sys/firmware/devicetree/base/compatible`)?.split(',')[0];
  const release = raw(`${root}/etc/os-release`) ?? raw(`${root}/usr/lib/os-release`) ?? '';
  const pretty = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1];
  return {
    ...known('hostName', read('/proc/sys/kernel/hostname') ?? read('/etc/hostname')),
    ...known('manufacturer', tree('model') === undefined ? table('sys_vendor') : said(maker)),
    ...known('model', tree('model') ?? table('product_name')),
    ...known('operatingSystem', said(pretty)),
    ...known('serialNumber', tree('serial-number') ?? table('product_serial')),
    node: process.versions.node,
    arch: process.arch,
  };
};

const known = <N extends keyof Machine>(name: N, text: string | undefined) =>
  (text === undefined ? {} : { [name]: text }) as Partial<Record<N, string>>;

const textIn = (path: string): string | undefined => said(raw(path));

const said = (text: string | undefined): string | undefined => {
  const clean = profileText(text ?? '');
  return clean === undefined || unfilled.test(clean) ? undefined : clean;
};

const raw = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not a machine of this kind, or not for this user to read.
    return undefined;
  }
};
