/** The terminal: where a command writes, and what it hears of the person before it. Real in `main.ts`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks whoever sits there, and gives what was typed; left out when nobody does. */
  readonly ask?: (question: string) => Promise<string>;
  /** Another name for a sale every time. */
  readonly newKey: () => string;
  /** Calls `then` at every such signal, which then ends nothing by itself; returns what calls it off. */
  readonly onSignal: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', then: () => void) => () => void;
}
