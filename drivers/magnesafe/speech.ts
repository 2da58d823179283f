/** How every MagneSafe V5 reader is spoken to; a kind of line adds how a command is put on it. */
import type { Heard } from '../stripes/exchange.ts';
import type { Speech } from '../stripes/asked-reader.ts';
import { commands, type Answer, type CommandName } from './commands.ts';
import { questions, type Reply, type Round } from './questions.ts';

/** What can be heard of such a reader. */
export type MagnesafeHeard = Heard<Reply>;

/** Speech with such a reader, given how it goes over the line. */
export const speechOver = (
  over: Pick<Speech<Round, Reply, CommandName>, 'ask' | 'heardIn'>,
): Speech<Round, Reply, CommandName> => ({
  questions,
  withinMs: (command) => commands[command].withinMs,
  ...over,
});

/** An answer that came; `isInTurn` where the line reads it back right after its question. */
export const replied = (answer: Answer, isInTurn: boolean): MagnesafeHeard => ({
  is: 'reply',
  reply: { answer, isInTurn },
});
