/** Questions: what a protocol asks its reader about itself, as a pure machine of its own. */
import type { ReaderIdentity } from '../reader.ts';

/** What may answer an open question: what the protocol takes for a reply, nothing, or what was no frame. */
export type Response<Reply> =
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'silence' }
  | { readonly is: 'noise' };

/** What a round comes to: the question to put, a change with the same one open, or its end. */
export type Step<Round, Command> =
  | { readonly is: 'ask'; readonly round: Round; readonly command: Command }
  | { readonly is: 'stay'; readonly round: Round }
  | { readonly is: 'over'; readonly verdict: Verdict };

/** What was learnt in a round, and whether that is as it should be. */
export interface Verdict {
  readonly identity: ReaderIdentity;
  readonly passed: boolean;
  /** A sentence for a technician. */
  readonly detail: string;
}

/** How a round of questions goes. A reader may leave any of them unanswered; many only send. */
export interface Questions<Round, Reply, Command> {
  readonly begin: () => Step<Round, Command>;
  /** What a round becomes; `undefined` when that means nothing in it. */
  readonly hear: (round: Round, response: Response<Reply>) => Step<Round, Command> | undefined;
}
