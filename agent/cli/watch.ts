/** `holdfast readers watch`: what goes over a reader's line, as it happens; cards masked. */
import type { FrameAnswer } from '../local-api/readers.ts';
import type { ReaderAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Command, type Failed, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask } from './local-api.ts';

/** How often the agent is asked for more, ms. */
const askEveryMs = 250;
/** The longest watch that may be asked for, s; without a time it goes on until Ctrl-C. */
const secondsMost = 86_400;

const watch = async (call: Call): Promise<Result> => {
  const seconds = secondsOf(call.options['for']);
  if (seconds === undefined) {
    return wrongUse(`--for is no number of seconds from 1 to ${secondsMost}.`);
  }
  const id = await readerMeant(call);
  return typeof id === 'string' ? watched(call, id, seconds) : id;
};

const secondsOf = (written: string | undefined): number | undefined => {
  if (written === undefined) return Infinity;
  const seconds = Number(written);
  return /^[0-9]+$/.test(written) && seconds >= 1 && seconds <= secondsMost ? seconds : undefined;
};

/** The reader that is named, or the only one there is. */
const readerMeant = async (call: Call): Promise<string | Failed> => {
  const named = call.args['ID'];
  if (named !== undefined) return named;
  const reply = await ask<{ readers: readonly ReaderAnswer[] }>(call, {
    method: 'GET',
    path: '/v1/readers',
  });
  if (reply.is === 'failed') return reply;
  const ids = reply.body.readers.map(({ id }) => id);
  const [only, ...others] = ids;
  if (only !== undefined && others.length === 0) return only;
  return wrongUse(
    ids.length === 0
      ? 'There is no reader to watch; see `holdfast readers list` for what is plugged in.'
      : `Name the reader to watch: ${ids.join(', ')}.`,
  );
};

const watched = async (call: Call, id: string, seconds: number): Promise<Result> => {
  const until = performance.now() + 1_000 * seconds;
  const frames: FrameAnswer[] = [];
  let isOver = false;
  const callOff = call.terminal.onSignal('SIGINT', () => (isOver = true));
  const say = (line: string) => call.json || call.terminal.out(`${line}\n`);
  let last: number | undefined;
  try {
    while (!isOver) {
      const path = `/v1/readers/${encodeURIComponent(id)}/frames?after=${last ?? 0}`;
      const reply = await ask<{ frames: readonly FrameAnswer[] }>(call, { method: 'GET', path });
      if (reply.is === 'failed') return reply;
      if (last === undefined) say(`Watching ${id}; Ctrl-C ends it.`);
      for (const frame of reply.body.frames) {
        const missed = last === undefined ? 0 : frame.seq - last - 1;
        if (missed > 0) say(`… ${missed} ${missed === 1 ? 'entry was' : 'entries were'} not seen`);
        last = frame.seq;
        say(lineOf(frame));
        if (call.json) frames.push(frame);
      }
      last ??= 0;
      isOver ||= performance.now() >= until;
      if (!isOver) await pause(askEveryMs);
    }
  } finally {
    callOff();
  }
  return call.json ? done({ frames }, '') : { is: 'ended', exit: 0 };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const arrows = { in: '<', out: '>', reader: '=' } as const;

/** One line: when, which way, what, how much, and what it means. */
const lineOf = ({ at, from, kind, byteCount, reportId, says = '' }: FrameAnswer): string => {
  const much = byteCount === undefined ? '' : `${byteCount} bytes`;
  const report = reportId === undefined ? '' : `report ${reportId}`;
  const words = [at.slice(11, 23), arrows[from], kind, much, report, says];
  return words
    .filter((word) => word !== '')
    .join('  ')
    .replace(/\p{Cc}/gu, '·');
};

export const watchCommand: Command = {
  name: 'readers watch',
  says: 'what goes over a reader’s line as it happens, by length and kind; cards masked',
  args: [{ name: 'ID', says: 'the reader; the only one unless named', optional: true }],
  options: [
    ...reachOptions,
    { flags: '--for <SECONDS>', says: 'end after this time instead of at Ctrl-C' },
  ],
  run: watch,
};
