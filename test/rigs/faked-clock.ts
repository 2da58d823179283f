/**
 * A machine whose wall clock woke in 1970, for a program to run on: libfaketime tells it the time, and the
 * `date` that is first on its PATH sets that time, or refuses as a system does without CAP_SYS_TIME.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the clock shows when the machine wakes, ms since 1970. */
const wokenAtMs = 60_000;

const dateScript = (refusal: string, file: string): string => `#!/bin/sh
[ "$1 $2" = '-u -s' ] || exit 2
[ -e '${refusal}' ] && { echo 'date: cannot set date: Operation not permitted' >&2; exit 1; }
unset LD_PRELOAD
printf '%+d' $((\${3#@} - $(/bin/date +%s))) > '${file}'
`;

export class FakedClock {
  /** The environment of whatever is to live on this machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;
  readonly #refusal: string;

  constructor(directory: string) {
    const bin = join(directory, 'bin');
    mkdirSync(bin, { recursive: true });
    this.#file = join(directory, 'clock');
    this.#refusal = join(directory, 'refuses');
    writeFileSync(join(bin, 'date'), dateScript(this.#refusal, this.#file), { mode: 0o755 });
    this.wake();
    const library = execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD']);
    this.env = {
      LD_PRELOAD: library.toString('utf8').trim(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    };
  }

  /** The power was off, and there is no battery. */
  wake(): void {
    writeFileSync(this.#file, `-${Math.floor((Date.now() - wokenAtMs) / 1_000)}`);
  }

  /** Somebody set it ahead of the true time. */
  setAhead(byMs: number): void {
    writeFileSync(this.#file, `+${Math.floor(byMs / 1_000)}`);
  }

  /** Whether the system lets a program set its clock. */
  mayBeSet(may: boolean): void {
    if (may) rmSync(this.#refusal, { force: true });
    else writeFileSync(this.#refusal, '');
  }
}
