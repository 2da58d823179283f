/** A card reader that does what a test says, behind the interface every driver has. */
import {
  Secret,
  type BadRead,
  type CardRead,
  type ChipVerdict,
  type IssuerAnswer,
  type OpenReader,
  type ReaderPrompt,
} from '../../drivers/index.ts';
import type { Reader, ReaderEvent, ReaderIdentity, SecurityLevel } from '../../drivers/index.ts';
import type { ChipData } from '../../contract/index.ts';
import { visa } from '../fixtures/payments.ts';

export class ScriptedReader implements Reader {
  armed = 0;
  /** What the issuers said, in order. */
  readonly answers: IssuerAnswer[] = [];
  disarmed = 0;
  tests = 0;
  closed = false;
  readonly #hear: (event: ReaderEvent) => void;

  constructor(hear: (event: ReaderEvent) => void) {
    this.#hear = hear;
  }

  arm(): void {
    this.armed += 1;
  }

  answer(answer: IssuerAnswer): void {
    this.answers.push(answer);
  }

  disarm(): void {
    this.disarmed += 1;
  }

  test(): void {
    this.tests += 1;
  }

  close(): void {
    this.closed = true;
    this.lose('closed');
  }

  ready(identity: ReaderIdentity = { serialNumber: 'R1', securityLevel: 'encrypted' }): void {
    this.#hear({ is: 'ready', identity });
  }

  read(read: CardRead): void {
    this.#hear({ is: 'card', read });
  }

  fail(why: BadRead): void {
    this.#hear({ is: 'bad read', why });
  }

  tested(passed: boolean, detail = ''): void {
    this.#hear({ is: 'tested', passed, identity: { serialNumber: 'R1' }, detail });
  }

  prompt(prompt: ReaderPrompt): void {
    this.#hear({ is: 'prompt', prompt });
  }

  complete(verdict: ChipVerdict, chip?: ChipData): void {
    this.#hear({ is: 'completed', verdict, ...(chip === undefined ? {} : { chip }) });
  }

  noise(byteCount: number): void {
    this.#hear({ is: 'noise', byteCount });
  }

  lose(why: 'unplugged' | 'closed' | 'silent' = 'unplugged'): void {
    this.#hear({ is: 'lost', why, detail: `it was ${why}` });
  }
}

export class ReaderShelf {
  /** Every reader that was opened, in order. */
  readonly opened: ScriptedReader[] = [];

  readonly openReader: OpenReader = ({ hear }) => {
    const reader = new ScriptedReader(hear);
    this.opened.push(reader);
    return reader;
  };

  last(): ScriptedReader {
    const last = this.opened.at(-1);
    if (last === undefined) throw new Error('No reader was opened.');
    return last;
  }
}

/** Account data as a reader hands it over: made up, and nobody's card. */
export const accountDataOf = (likeness: string): string =>
  JSON.stringify({ ksn: 'FFFF9876543210E00001', tracks: [`sealed away for ${likeness}`] });

/** A card as a reader gives it; `likeness` tells cards apart. */
export const cardRead = (
  likeness = 'card A',
  differently: { card?: CardRead['card']; securityLevel?: SecurityLevel } = {},
): CardRead => {
  const { card = visa, securityLevel = 'encrypted' } = differently;
  return {
    ...{ card, securityLevel, entryMode: card.entryMode },
    likeness: new Secret(likeness),
    accountData: new Secret(new Uint8Array(Buffer.from(accountDataOf(likeness)))),
  };
};

/** What a chip says of itself when it puts its name to something. */
export const chipOf = (cryptogramType: ChipData['cryptogramType']): ChipData => ({
  ...{ cryptogramType, verification: 'none' },
  tags: { '84': 'A0000000031010', '9F26': '1F2E3D4C5B6A7988', '9F27': '80' },
});

interface Chipped {
  readonly waits?: boolean;
  readonly entryMode?: CardRead['entryMode'];
}

/** A card whose chip was read; `waits` when it stays for its issuer's answer. */
export const chipRead = (
  cryptogramType: ChipData['cryptogramType'],
  { waits = false, entryMode = 'chip' }: Chipped = {},
): CardRead => ({
  ...cardRead('card A', { card: { ...visa, entryMode } }),
  chip: { ...chipOf(cryptogramType), awaitsAnswer: waits },
});
