/** A reader of stripes that is asked about itself: runs its exchange over a line. */
import type { Line, LineEvent } from '../lines/line.ts';
import type { Reader, ReaderOpening } from '../reader.ts';
import { play } from '../turns.ts';
import { exchangeOf, opening, type Ask, type Exchange, type Heard } from './exchange.ts';
import type { Questions } from './questions.ts';
import { stripeReader } from './reader.ts';

/** How a reader is spoken to on its kind of line. */
export interface Speech<Round, Reply, Command> {
  readonly questions: Questions<Round, Reply, Command>;
  /** Time allowed for the answer to a command, ms. */
  readonly withinMs: (command: Command) => number;
  readonly ask: (line: Line, command: Command) => void;
  /** What the line's event means; `undefined` when that is nothing. */
  readonly heardIn: (event: LineEvent) => Heard<Reply> | undefined;
}

/** Opens the line and drives what is beyond it. */
export const askedReader = <Round, Reply, Command>(
  over: ReaderOpening,
  { questions, withinMs, ask, heardIn }: Speech<Round, Reply, Command>,
): Reader =>
  stripeReader(
    play<Exchange<Round>, Heard<Reply>, Ask<Command>>(over, {
      opening,
      next: exchangeOf(questions),
      heardIn: (event) => [heardIn(event)].filter((heard) => heard !== undefined),
      perform: ({ command }, { line, wait }) => {
        wait(withinMs(command));
        ask(line, command);
      },
    }),
  );
