/**
 * An agent alone in the world, with an identity and a settings file and nobody to talk to: for what happens
 * when it is started.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { subjectName, type Subject } from '../../contract/index.ts';
import { issueCertificate, type Authority } from '../../simulator/authority.ts';
import { portalKeys, portalKeysFile } from '../../simulator/portal/keys.ts';
import { AgentProcess, builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { placeIdentity, type PlacedIdentity } from '../../simulator/shop/identity.ts';
import { freePort } from '../../simulator/shop/port.ts';

export const loneSubject: Subject = { clientId: 'corner-shop', deviceId: 'till-1' };

/** How an agent ended that could not start. */
export interface RefusedStart {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than a start, or a refusal of one, ever takes. */
const endedWithinMs = 15_000;

/** A device's identity under an authority; its broker need not exist. */
export const loneIdentity = (authority: Authority, now: number, subject = loneSubject) => {
  const device = issueCertificate({
    ...{ authority, commonName: subjectName(subject), use: 'client' },
    ...{ now, days: 1 },
  });
  const keys = portalKeys({ signing: randomBytes(32), sealing: randomBytes(32) });
  return { subject, device, ca: authority.certificate, portalKeys: portalKeysFile(keys) };
};

export class LoneAgent {
  readonly data: string;
  readonly port: number;

  constructor(data: string, port: number) {
    this.data = data;
    this.port = port;
  }

  /** Settings of an agent that has no reader and no broker. */
  settings(more: object = {}): object {
    const link = { brokerUrl: 'mqtts://localhost:1', firstConnectWithinMs: 0 };
    return { api: { port: this.port }, link, storage: { reserveMiB: 1 }, ...more };
  }

  /** The agent as a process that is expected to start. */
  process(more: object = {}): AgentProcess {
    return new AgentProcess({ data: this.data, port: this.port, config: this.settings(more) });
  }

  /** Starts it with settings (or whatever text stands in their file) and waits for its end. */
  async refusedStart(settings: object | string = this.settings()): Promise<RefusedStart> {
    const file = join(`${this.data}.refused.json`);
    writeFileSync(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
    const streams = { stdout: '', stderr: '' };
    const child = startChild({
      command: process.execPath,
      args: [builtCommand, 'run', '--config', file, '--data', this.data],
      hear: (stream, bytes) => {
        streams[stream] += Buffer.from(bytes).toString('utf8');
      },
    });
    const late = setTimeout(() => child.kill('SIGKILL'), endedWithinMs);
    const { code } = await child.ended;
    clearTimeout(late);
    return { code, ...streams };
  }

  /** The same data once more, at another place. */
  async copy(data: string): Promise<LoneAgent> {
    cpSync(this.data, data, { recursive: true });
    return new LoneAgent(data, await freePort());
  }
}

/** Puts an identity into a new data directory. */
export const loneAgent = async (data: string, identity: PlacedIdentity): Promise<LoneAgent> => {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  placeIdentity(data, identity);
  return new LoneAgent(data, await freePort());
};
