/** A command: one thing a person can ask `holdfast`, as a row of the table in `commands.ts`. */
import type { Terminal } from './terminal.ts';

/** How the program ends. */
export const exits = { done: 0, refused: 1, wrongUse: 2, notRunning: 3 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** Something in the way: its code is stable, its message a sentence that says what to do. */
export interface Failed {
  readonly is: 'failed';
  readonly exit: Exclude<Exit, 0>;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly status?: number;
    readonly transactionId?: string;
  };
}

/** What came of a command: a document for programs and a text for people. */
export interface Done {
  readonly is: 'done';
  readonly document: object;
  readonly text: string;
  /** 1 when what was found is not as it should be. */
  readonly exit?: 0 | 1;
}

/** A program that ran in the foreground and wrote for itself. */
export interface Ended {
  readonly is: 'ended';
  readonly exit: number;
}
export type Result = Done | Failed | Ended;

export interface Call {
  /** Arguments by their names. */
  readonly args: Readonly<Record<string, string>>;
  /** The words of the last argument, when it may be many. */
  readonly words: readonly string[];
  /** Options by their long names. */
  readonly options: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly terminal: Terminal;
}

export interface ArgumentRow {
  readonly name: string;
  readonly says: string;
  readonly optional?: true;
  readonly many?: true;
}

export interface OptionRow {
  readonly flags: string;
  readonly says: string;
  readonly choices?: readonly string[];
}

export interface Command {
  /** Its words: `queue forward`. */
  readonly name: string;
  readonly says: string;
  readonly args?: readonly ArgumentRow[];
  readonly options?: readonly OptionRow[];
  /** What its group does when no word follows. */
  readonly usual?: true;
  /** Takes every word that follows, options too. */
  readonly passesAll?: true;
  readonly run: (call: Call) => Promise<Result>;
}

/** A result of both kinds. */
export const done = (document: object, text: string, exit: 0 | 1 = 0): Done => ({
  is: 'done',
  document,
  text,
  exit,
});

export const failed = (exit: Failed['exit'], code: string, message: string): Failed => ({
  is: 'failed',
  exit,
  error: { code, message },
});

/** The words were not what the command takes. */
export const wrongUse = (message: string): Failed => failed(exits.wrongUse, 'wrong_use', message);
