/** `holdfast register CODE --portal URL`: gives this device its name, its certificate, the portal's keys. */
import { readFileSync } from 'node:fs';
import { brokerUrlFault } from '../../config/index.ts';
import { registrationCodeForm, subjectName } from '../../contract/index.ts';
import { release } from '../../firmware/index.ts';
import { StartFault } from '../fault.ts';
import { thisMachine } from '../machine.ts';
import { done, exits, failed, wrongUse, type Call, type Command, type Result } from './command.ts';
import { dataDirectoryOf, dataOption } from './home.ts';

const register = async (call: Call): Promise<Result> => {
  const { options } = call;
  const written = codeAsWritten(call.args['CODE'] ?? '');
  if (!registrationCodeForm.test(written)) {
    return wrongUse(`"${call.args['CODE'] ?? ''}" is no code; one looks like 7K3QM-9XW2D.`);
  }
  const url = options['portal'] ?? '';
  const urlFault = brokerUrlFault(url);
  if (urlFault !== undefined) return wrongUse(`--portal: ${urlFault}.`);
  const ca = options['ca'] === undefined ? undefined : authorityIn(options['ca']);
  if (ca !== undefined && 'why' in ca) return wrongUse(ca.why);
  try {
    const subject = await registered(call, written, url, ca?.text);
    const name = subjectName(subject);
    const text = `This device is ${name} now; \`holdfast run\` starts it.`;
    return done({ ...subject }, text);
  } catch (error) {
    if (!(error instanceof StartFault)) throw error;
    const isOther = error.code === 'portal_not_trusted' && ca !== undefined;
    const says = isOther ? signedByAnother(options['ca'] ?? '') : error.message;
    return failed(exits.refused, error.code, says);
  }
};

const signedByAnother = (file: string): string =>
  `The broker's certificate is not signed by the authority in ${file}; ` +
  'name the file of the one that signed it.';

/** A code as it is written, from what was typed: dashes may lack, O is read as 0, I and L as 1. */
const codeAsWritten = (typed: string): string => {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  const read = letters.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return read.match(/.{1,5}/g)?.join('-') ?? '';
};

const registered = async (call: Call, written: string, url: string, file: string | undefined) => {
  // Loaded for this command only; the others start without them.
  const { openDataDirectory } = await import('../data-directory.ts');
  const { readCode } = await import('../identity/fingerprint.ts');
  const { register: begin } = await import('../identity/registration.ts');
  const { nodeWorld } = await import('../node-world.ts');
  const { mqttDial } = await import('../portal/mqtt.ts');
  const { offeredAuthority } = await import('../portal/offered-authority.ts');
  const { askInCorner } = await import('../portal/registration-line.ts');
  const directory = openDataDirectory(dataDirectoryOf(call));
  const world = nodeWorld(directory.path);
  const serialNumber = call.options['serial'] ?? ownSerial();
  const { code, fingerprint } = readCode(written);
  const about = { code, serialNumber, hardware: process.arch, agentVersion: release.version };
  try {
    const ca =
      file ??
      (fingerprint === undefined || !url.startsWith('mqtts:')
        ? undefined
        : await offeredAuthority(url, fingerprint, world.clock.wallMs()));
    const authority = ca === undefined ? {} : { ca };
    const line = { world, dial: mqttDial(), url, ...authority };
    const { clientId, deviceId } = await begin({
      ...{ directory, world, url, ...authority },
      ask: (made) => askInCorner(line, (nonce) => ({ ...about, ...made, nonce })),
      step: (step) => {
        if (!call.json) call.terminal.err(`… ${step}\n`);
      },
    });
    return { clientId, deviceId };
  } finally {
    directory.release();
  }
};

/** What a machine is called, most telling first: a board's serial number, a host's name. */
const ownSerial = (): string => {
  const { serialNumber, hostName } = thisMachine();
  return serialNumber ?? hostName ?? 'unknown';
};

const certificateForm = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

const authorityIn = (path: string): { text: string } | { why: string } => {
  try {
    const text = readFileSync(path, 'utf8');
    return certificateForm.test(text)
      ? { text }
      : {
          why: `--ca ${path} holds no PEM certificate; name the file of the authority's certificate.`,
        };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { why: `--ca ${path} cannot be read (${code}); name a file with a PEM certificate.` };
  }
};

export const registerCommand: Command = {
  name: 'register',
  says: 'give this device its name and its certificate, with a one-time code',
  args: [{ name: 'CODE', says: 'the code, like 7K3QM-9XW2D' }],
  options: [
    { flags: '--portal <URL>', says: 'where the portal registers devices: mqtts://host:port' },
    {
      flags: '--ca <FILE>',
      says: 'the authority of the portal’s certificate, if it is a private one',
    },
    {
      flags: '--serial <NUMBER>',
      says: 'the serial number of this device (default the board’s, else its name)',
    },
    dataOption,
  ],
  run: register,
};
