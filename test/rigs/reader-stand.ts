/**
 * A stand: readers that are played, each plugged in where an agent in a process of its own finds it, on a
 * pseudo terminal or, over HID, behind a socket.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filledUp } from '../../drivers/index.ts';
import { plugCable, type PtyCable } from '../../simulator/readers/pty.ts';
import { realTimers } from './hand-timers.ts';
import { devicesVariable, lines, socketVariable, written, type Told } from './hid-agent/told.ts';
import {
  nameOf,
  slotOf,
  type OnTheWay,
  type Piece,
  type PlayedReader,
  type Slot,
} from './played-readers.ts';

/** A reader that is plugged in. */
export interface StandingReader {
  readonly played: PlayedReader;
  /** As settings name it. */
  readonly id: string;
  readonly slot: Slot;
  /** Every piece it sent, as it left. */
  readonly sent: readonly Piece[];
  /** What becomes of all it sends from now on; as it is when nothing is given. */
  spoil(how?: OnTheWay): void;
  unplug(): Promise<void>;
}

export interface ReaderStand {
  readonly readers: readonly StandingReader[];
  /** What an agent has to be started with. */
  readonly settings: readonly object[];
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Plugs readers in, below a directory. */
export const standReaders = async (
  directory: string,
  played: readonly PlayedReader[],
): Promise<ReaderStand> => {
  const socketPath = join(directory, 'hid');
  rmSync(socketPath, { force: true });
  const bus = await openBus(socketPath);
  const readers = await Promise.all(played.map((one, at) => stood(one, at, { directory, bus })));
  return {
    readers,
    settings: readers.map(({ setting }) => setting),
    entry: fileURLToPath(new URL('../../dist/test/rigs/hid-agent/main.js', import.meta.url)),
    env: {
      [socketVariable]: socketPath,
      [devicesVariable]: JSON.stringify(readers.flatMap(({ device }) => device)),
    },
    async close() {
      for (const reader of readers) await reader.unplug();
      await bus.close();
    },
  };
};

interface Place {
  readonly directory: string;
  readonly bus: Bus;
}

const stood = async (played: PlayedReader, at: number, { directory, bus }: Place) => {
  const id = nameOf(played).replaceAll(' ', '-');
  const sent: Piece[] = [];
  let spoil: OnTheWay = (piece) => [piece];
  const onTheWay: OnTheWay = (piece) => {
    sent.push({ ...piece, bytes: Uint8Array.from(piece.bytes) });
    return spoil(piece);
  };
  const { protocol, line } = played;
  const common = { id, protocol, line, allowClearCards: true };
  const reader = {
    ...{ played, id, sent },
    spoil: (how: OnTheWay = (piece) => [piece]) => {
      spoil = how;
    },
  };
  if (played.line === 'serial') {
    const path = join(directory, id);
    const made = played.make(realTimers, (bytes) => {
      for (const piece of onTheWay({ bytes })) cable.send(piece.bytes);
    });
    const cable: PtyCable = await plugCable(path, (bytes) => made.receive(bytes));
    const slot = slotOf(protocol, made);
    return {
      ...reader,
      slot,
      unplug: () => cable.unplug(),
      device: [],
      setting: { ...common, path },
    };
  }
  const path = `/dev/hidraw${at}`;
  const slot = bus.plug(path, played, onTheWay);
  return {
    ...{ ...reader, slot, setting: { ...common, path } },
    unplug: async () => bus.tell({ path, is: 'gone' }),
    device: [{ path, vendorId: 1, productId: at, uses: [{ page: 0xff00, usage: 1 }], place: path }],
  };
};

/** All HID devices of one agent, behind one socket. */
interface Bus {
  plug(path: string, played: Extract<PlayedReader, { line: 'hid' }>, onTheWay: OnTheWay): Slot;
  tell(told: Told): void;
  close(): Promise<void>;
}

const hexOf = (...parts: readonly (Uint8Array | readonly number[])[]): string =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part))).toString('hex');

const openBus = async (socketPath: string): Promise<Bus> => {
  let agent: Socket | undefined;
  const heard = new Map<string, (told: Told) => void>();
  const server: Server = createServer((socket) => {
    agent = socket.on('error', () => {});
    socket.on(
      'data',
      lines((told) => heard.get(told.path)?.(told)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  const tell = (told: Told): void => void agent?.write(written(told));
  return {
    tell,
    plug(path, { make, sizes }, onTheWay) {
      const reader = make(realTimers, {
        send: (bytes, id) => {
          for (const { bytes: sent, reportId } of onTheWay(pieceOf(bytes, id))) {
            const number = reportId === undefined ? [] : [reportId];
            tell({ path, is: 'input', report: hexOf(number, sent) });
          }
        },
        answer: (bytes) => {
          for (const { bytes: sent } of onTheWay({ bytes, isAnswer: true })) {
            tell({
              path,
              is: 'answer',
              report: hexOf(filledUp(sent.subarray(0, sizes.featureBytes), sizes.featureBytes)),
            });
          }
        },
        leave: () => tell({ path, is: 'gone' }),
        comeBack: () => {},
      });
      heard.set(path, (told) => {
        if (told.is === 'gone') return;
        const [id = 0, ...report] = Buffer.from(told.report, 'hex');
        const number = id === 0 ? [] : ([id] as const);
        if (told.is === 'write') reader.receive(Uint8Array.from(report), ...number);
        else reader.feature(Uint8Array.from(report), ...number);
      });
      return reader;
    },
    close: () => {
      agent?.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
};

const pieceOf = (bytes: Uint8Array, reportId?: number): Piece => ({
  bytes,
  ...(reportId === undefined ? {} : { reportId }),
});
