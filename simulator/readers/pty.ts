/**
 * A cable made of a pseudo terminal: `socat` holds its far end, the agent opens its link like a serial port.
 *
 * Killing `socat` is pulling the plug: the kernel hangs the terminal up and the agent's port is lost. A door
 * to `node:child_process` and `node:fs`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { until } from '../shop/until.ts';

/** A plugged cable. */
export interface PtyCable {
  /** To the agent. */
  send(bytes: Uint8Array): void;
  /** Resolves once the terminal holds all that was sent, whether anybody reads it or not. */
  arrived(): Promise<void>;
  /** The far end stops reading and writing, as a device that hangs. */
  freeze(): void;
  /** Pulls the plug; the link is gone when this resolves. */
  unplug(): Promise<void>;
}

const linkWithinMs = 5_000;
const lookEveryMs = 5;
const alive = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Plugs a cable in at `link`; resolves once the agent can open it. */
export const plugCable = async (
  link: string,
  receive: (bytes: Uint8Array) => void,
): Promise<PtyCable> => {
  rmSync(link, { force: true });
  const child = spawn('socat', [`pty,rawer,echo=0,link=${link}`, 'STDIO'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  alive.add(child);
  let complaint = '';
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error: NodeJS.ErrnoException) => {
      complaint =
        error.code === 'ENOENT'
          ? 'A simulated serial line needs socat; run: apt-get install socat'
          : error.message;
      resolve();
    });
  });
  void gone.then(() => alive.delete(child));
  // A plug pulled in the middle of a write ends in EPIPE, which is what pulling a plug is.
  child.stdin.on('error', () => {});
  child.stdout.on('data', (bytes: Buffer) => receive(new Uint8Array(bytes)));
  child.stderr.on('data', (bytes: Buffer) => (complaint ||= bytes.toString('utf8').trim()));
  await linked(link, gone, () => complaint);
  let sentBytes = writtenBy(child);
  return {
    send: (bytes) => {
      sentBytes += bytes.length;
      child.stdin.write(bytes);
    },
    arrived: () => until('the bytes arrived', () => writtenBy(child) >= sentBytes),
    freeze: () => void child.kill('SIGSTOP'),
    async unplug() {
      child.kill('SIGKILL');
      await gone;
      rmSync(link, { force: true });
    },
  };
};

// Until it has written them, they are nowhere that a terminal could lose them, or flush them, from.
const writtenBy = ({ pid }: ChildProcess): number => {
  const [, bytes] = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8')) ?? [];
  return Number(bytes);
};

const linked = async (
  link: string,
  gone: Promise<void>,
  complaint: () => string,
): Promise<void> => {
  let isGone = false;
  void gone.then(() => (isGone = true));
  const deadline = performance.now() + linkWithinMs;
  while (!existsSync(link)) {
    await new Promise((resolve) => void setTimeout(resolve, lookEveryMs));
    if (isGone || performance.now() > deadline) {
      throw new Error(complaint() || `socat made no link at ${link} within ${linkWithinMs} ms.`);
    }
  }
};
