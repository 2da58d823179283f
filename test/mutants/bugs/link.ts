/** Bugs the link could have: in what it believes, acknowledges and tells. */
import type { Bug } from '../bug.ts';

export const linkBugs: readonly Bug[] = [
  {
    name: 'words are acknowledged before they are committed',
    edits: [
      {
        file: 'agent/portal/conversation.ts',
        find: `    const taken = this.#guarded(() => takeWords(ledger, frame));`,
        put: `    const last = frame.entries.at(-1);
    const { epoch, session } = frame;
    if (last !== undefined) {
      this.#say('logDownAck', { session, epoch, through: last.seq, hash: last.hash });
    }
    const taken = this.#guarded(() => takeWords(ledger, frame));`,
      },
    ],
    caughtBy: { seeds: 400 },
  },
  {
    name: 'a word is taken in without being told again',
    edits: [
      {
        file: 'agent/payments/words.ts',
        find: `      ledger.append(takenFact(frame.epoch, word, result.note));\n`,
        put: '',
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'an acknowledgement is believed whatever its hash',
    edits: [
      {
        file: 'agent/portal/up-lane.ts',
        find: `return epoch === head.epoch && upLog.hashAt(through) === hash ? through : undefined;`,
        put: `return epoch === head.epoch ? through : undefined;`,
      },
    ],
    caughtBy: { seeds: 200 },
  },
  {
    name: 'any refusal is taken for one that no host saw',
    edits: [
      {
        file: 'agent/portal/live-exchange.ts',
        find: `  if (!refusedBeforeHost.some((known) => known === code)) {`,
        put: `  if (code === '') {`,
      },
    ],
    caughtBy: { seeds: 300 },
  },
];
