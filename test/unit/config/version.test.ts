/** The life of a version: every state with everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import {
  effective,
  next,
  type Candidate,
  type Proof,
  type VersionHappening,
  type VersionState,
} from '../../../config/index.ts';

const { settings } = (() => {
  const made = effective({});
  if (!made.ok) throw new Error(made.why);
  return made;
})();

const candidateOf = (name: string, proofs: readonly Proof[] = []): Candidate => ({
  ...{ name, generation: {}, settings, changed: [], proofs },
});
const one = candidateOf('group tills 2');
const risky = candidateOf('group tills 3', ['link', 'readers']);
const other = candidateOf('group tills 4');
const fault = { code: 'malformed', why: 'It is.' };
const barrier = { waitsFor: 'idle', why: 'A transaction is under way.' } as const;

const states = {
  settled: { is: 'settled' },
  judging: { is: 'judging', candidate: one },
  waiting: { is: 'waiting', candidate: one },
  barred: { is: 'waiting', candidate: one, barrier },
  'waiting for a trial': { is: 'waiting', candidate: risky },
  proving: { is: 'proving', candidate: risky, open: ['link', 'readers'] },
  'almost proven': { is: 'proving', candidate: risky, open: ['readers'] },
  proven: { is: 'proving', candidate: risky, open: [] },
} as const satisfies Record<string, VersionState>;
type StateName = keyof typeof states;

const happenings = {
  'the same is wanted': { is: 'wanted', candidate: one },
  'another is wanted': { is: 'wanted', candidate: other },
  withdrawn: { is: 'withdrawn' },
  sound: { is: 'judged', name: one.name },
  unsound: { is: 'judged', name: one.name, fault },
  'another is judged': { is: 'judged', name: other.name },
  barred: { is: 'barred', barrier },
  clear: { is: 'clear' },
  'link proven': { is: 'proven', proof: 'link' },
  'readers proven': { is: 'proven', proof: 'readers' },
  failed: { is: 'failed', fault },
} as const satisfies Record<string, VersionHappening>;
type HappeningName = keyof typeof happenings;

/** What follows, in words: the state, then what is done; `-` where nothing does. */
const table: Record<StateName, Record<HappeningName, string>> = {
  settled: rowOf({
    'the same is wanted': 'judging: judge',
    'another is wanted': 'judging: judge',
  }),
  judging: rowOf({
    'another is wanted': 'judging: judge',
    withdrawn: 'settled:',
    sound: 'waiting: look',
    unsound: 'settled: refuse rejected',
  }),
  waiting: rowOf({
    'another is wanted': 'judging: judge',
    withdrawn: 'settled:',
    barred: 'waiting:',
    clear: 'settled: confirm',
  }),
  barred: rowOf({
    'another is wanted': 'judging: judge',
    withdrawn: 'settled:',
    clear: 'settled: confirm',
  }),
  'waiting for a trial': rowOf({
    'the same is wanted': 'judging: judge',
    'another is wanted': 'judging: judge',
    withdrawn: 'settled:',
    barred: 'waiting:',
    clear: 'proving link readers: try',
  }),
  proving: rowOf({
    'link proven': 'proving readers: look',
    'readers proven': 'proving link: look',
    failed: 'settled: refuse rolled_back, undo',
  }),
  'almost proven': rowOf({
    'readers proven': 'proving: look',
    failed: 'settled: refuse rolled_back, undo',
  }),
  // What failed after it was proven did not fail because of it.
  proven: rowOf({ clear: 'settled: confirm' }),
};

function rowOf(some: Partial<Record<HappeningName, string>>): Record<HappeningName, string> {
  const all = Object.keys(happenings) as HappeningName[];
  return Object.fromEntries(all.map((name) => [name, some[name] ?? '-'])) as Record<
    HappeningName,
    string
  >;
}

const inWords = (state: VersionState, happening: VersionHappening): string => {
  const step = next(state, happening);
  if (step === undefined) return '-';
  const { then } = step;
  const open = then.is === 'proving' ? then.open : [];
  const does = step.do.map((effect) =>
    effect.is === 'refuse' ? `refuse ${effect.outcome}` : effect.is,
  );
  return `${[then.is, ...open].join(' ')}: ${does.join(', ')}`.trim();
};

const rows = (Object.keys(states) as StateName[]).flatMap((state) =>
  (Object.keys(happenings) as HappeningName[]).map((heard) => [state, heard] as const),
);

test.each(rows)('%s, %s', (state, heard) => {
  expect(inWords(states[state], happenings[heard])).toBe(table[state][heard]);
});

describe('a version', () => {
  test('keeps what it is through every step but another that is wanted', () => {
    for (const [state, heard] of rows) {
      const before = states[state];
      const step = next(before, happenings[heard]);
      if (step === undefined || step.then.is === 'settled' || before.is === 'settled') continue;
      const isOther = happenings[heard].is === 'wanted';
      expect(step.then.candidate === before.candidate).toBe(!isOther);
    }
  });

  test('is refused with the reason that was found', () => {
    expect(next(states.judging, happenings.unsound)?.do).toEqual([
      { is: 'refuse', candidate: one, outcome: 'rejected', fault },
    ]);
    expect(next(states.proving, happenings.failed)?.do).toEqual([
      { is: 'refuse', candidate: risky, outcome: 'rolled_back', fault },
      { is: 'undo', candidate: risky },
    ]);
  });
});
