/** Bugs in which settings are in force, from when, and whether they can be taken back. */
import type { Bug } from '../bug.ts';

const one = (file: string, find: string, put: string) => [{ file, find, put }];
const by = (...tests: string[]) => ({ tests });
const versions = by('test/unit/configuration/versions.test.ts');
const cuts = by('test/unit/configuration/power-cuts.test.ts');
const inOrder = 'agent/configuration/configuration.ts';

export const configurationBugs: readonly Bug[] = [
  {
    name: 'new settings take effect within a transaction',
    edits: one(
      'agent/configuration/barriers.ts',
      'if (ledger.transactions.underWay().length > 0) {',
      'if (ledger.transactions.underWay().length > 1_000) {',
    ),
    caughtBy: versions,
  },
  {
    name: 'a sale is decided by a version that is only on trial',
    edits: one(
      'agent/configuration/in-force.ts',
      'this.settings = readingFrom(() => this.#confirmed.settings);',
      'this.settings = readingFrom(() => (this.#trial ?? this.#confirmed).settings);',
    ),
    caughtBy: versions,
  },
  {
    name: 'a version that failed is tried again for ever',
    edits: one(inOrder, 'this.#refused.push(documents);', 'this.#refused.push([]);').concat(
      one(
        inOrder,
        `ledger.configured({ type: 'configuration.refused', body }, documents)`,
        `ledger.configured({ type: 'configuration.refused', body }, [])`,
      ),
    ),
    caughtBy: versions,
  },
  {
    name: 'a version that is not proven stays on trial',
    edits: one('config/version.ts', `          { is: 'undo', candidate },\n`, ''),
    caughtBy: by('test/unit/config/version.test.ts'),
  },
  {
    name: 'a veto that does not come in time is taken for a yes',
    edits: one(
      'agent/configuration/judging.ts',
      'return found.find((fault) => fault !== undefined);',
      `return found.find((fault) => fault !== undefined && fault.code !== 'veto_timed_out');`,
    ),
    caughtBy: versions,
  },
  {
    name: 'a file that was changed by hand is believed',
    edits: one(
      'agent/configuration/generations.ts',
      'if (digestOf(content) !== digest) return',
      'if (digest === undefined) return',
    ),
    caughtBy: cuts,
  },
  {
    name: 'a power cut on trial confirms the version',
    edits: one(
      inOrder,
      `this.#state = { is: 'proving', candidate, open: candidate.proofs };`,
      `this.#state = { is: 'proving', candidate, open: [] };`,
    ),
    caughtBy: versions,
  },
  {
    name: 'a group’s settings hold for a device of another group',
    edits: one(
      'config/generation.ts',
      'const found = groupId === undefined ? undefined : kept.groupOf(groupId);',
      `const found = kept.groupOf(groupId ?? 'tills');`,
    ),
    caughtBy: by('test/unit/config/generation.test.ts'),
  },
  {
    name: 'a local file changes what the portal keeps to itself',
    edits: one(
      'config/layers.ts',
      'const counts = (layer: Layer) => !isKept ||',
      'const counts = (layer: Layer) => isKept ||',
    ),
    caughtBy: by('test/unit/config/merging.test.ts'),
  },
  {
    name: 'what a layer takes back stays',
    edits: one('config/layers.ts', '      delete result[key];\n', ''),
    caughtBy: by('test/unit/config/merging.test.ts'),
  },
  {
    name: 'a record names the configuration of another moment',
    edits: one(
      'agent/ledger/ledger.ts',
      'const configuration = tables.configurations.inForce()?.number;',
      'const configuration = tables.configurations.inForce() && 1;',
    ),
    caughtBy: versions,
  },
];
