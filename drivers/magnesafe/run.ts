/** Runs the exchange with one MagneSafe V5 reader over a line. */
import type { Line, LineEvent } from '../lines/line.ts';
import type { CardRead, Reader, ReaderOpening } from '../reader.ts';
import { commands, type CommandName } from './commands.ts';
import { next, opening, type Effect, type Exchange, type Heard } from './exchange.ts';

/** How a reader is spoken to on its kind of line. */
export interface Speech {
  readonly ask: (line: Line, command: CommandName) => void;
  /** What the line's event means; `undefined` when that is nothing. */
  readonly heardIn: (event: LineEvent) => Heard | undefined;
}

/** Opens the line and drives what is beyond it. */
export const runExchange = (
  { open, timers, hear }: ReaderOpening,
  { ask, heardIn }: Speech,
): Reader => {
  const inbox: Heard[] = [];
  let now: Exchange = opening;
  let stopWaiting = () => {};
  let isTurning = false;

  // What is said may be answered at once, by `arm` for one; that has to wait for the end of this turn.
  const tell = (heard: Heard): void => {
    inbox.push(heard);
    if (isTurning) return;
    isTurning = true;
    for (let first = inbox.shift(); first !== undefined; first = inbox.shift()) {
      const turn = next(now, first);
      if (turn === undefined) continue;
      now = turn.then;
      for (const effect of turn.do) perform(effect);
    }
    isTurning = false;
  };

  const perform = (effect: Effect): void => {
    switch (effect.is) {
      case 'ask': {
        const { withinMs } = commands[effect.command];
        stopWaiting();
        stopWaiting = timers.after(withinMs, () => tell({ is: 'silence' }));
        return ask(line, effect.command);
      }
      case 'stop waiting':
        return stopWaiting();
      case 'say':
        return hear(effect.event);
      case 'wipe':
        return wipe(effect.read);
      case 'close line':
        return line.close();
    }
  };

  const line = open((event) => {
    const heard = heardIn(event);
    if (heard !== undefined) tell(heard);
  });
  return {
    arm: () => {
      // A swipe that had begun before was meant for somebody else's sale.
      line.skip();
      tell({ is: 'arm' });
    },
    // A stripe waits for no answer.
    answer: () => {},
    disarm: () => tell({ is: 'disarm' }),
    test: () => tell({ is: 'test' }),
    close: () => tell({ is: 'close' }),
  };
};

/** A reader that is lost before its line was opened. */
export const neverOpened = ({ timers, hear }: ReaderOpening, why: string): Reader => {
  // Said later, as everything is: whoever opens has to have the reader in hand before it speaks.
  timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: why }));
  return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
};

const wipe = ({ likeness, accountData }: CardRead): void => {
  likeness.wipe();
  accountData.wipe();
};
