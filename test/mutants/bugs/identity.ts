/** Bugs in who is believed: the portal's keys and documents, certificates, people, and the clock. */
import type { Bug } from '../bug.ts';

const one = (file: string, find: string, put: string) => [{ file, find, put }];
const by = (...tests: string[]) => ({ tests });

export const identityBugs: readonly Bug[] = [
  {
    name: 'whoever knows the chain of keys may sign the document that tells of it',
    edits: one(
      'agent/identity/portal-trust.ts',
      ': openerFor(led)(jws, expected);',
      ': { ok: true, payload: unverified(jws) };',
    ),
    caughtBy: by('test/unit/identity/portal-trust.test.ts'),
  },
  {
    name: 'a chain of another portal is followed',
    edits: one(
      'agent/identity/portal-trust.ts',
      'return known.ok && same(known.value) === same(from);',
      'return known.ok;',
    ),
    caughtBy: by('test/unit/identity/portal-trust.test.ts'),
  },
  {
    name: 'an older document takes the place of the one in force',
    edits: one(
      'agent/portal/wishes.ts',
      'if (kept === undefined || kept.version < version) return undefined;',
      'if (kept === undefined || kept.version !== version) return undefined;',
    ),
    caughtBy: by('test/unit/link/documents.test.ts'),
  },
  {
    name: 'a document is acted on and not kept',
    edits: one(
      'agent/portal/wishes.ts',
      'this.#ledger.commit(() => this.#ledger.desired.keep(document));',
      '',
    ),
    caughtBy: by('test/unit/link/documents.test.ts'),
  },
  {
    name: 'a certificate the broker refuses takes the place of the old',
    edits: one(
      'agent/portal/renewal.ts',
      `if (verdict.is !== 'good') return`,
      `if (verdict.is === 'unreachable') return`,
    ),
    caughtBy: by('test/unit/link/renewal.test.ts'),
  },
  {
    name: 'the next key goes before its certificate is in place',
    edits: one(
      'agent/identity/renewal-files.ts',
      `    directory.write('certificate', kept.certificate);\n`,
      `    directory.remove('renewingKey');
    directory.write('certificate', kept.certificate);\n`,
    ),
    caughtBy: by('test/unit/link/renewal.test.ts'),
  },
  {
    name: 'a revoked device goes on selling',
    edits: one(
      'agent/payments/entering.ts',
      `  if (ledger.meta.get('revoked') === 1) return refused('device_revoked');\n`,
      '',
    ),
    caughtBy: by('test/unit/payments/disabled.test.ts'),
  },
  {
    name: 'two clones chase each other',
    edits: one('agent/portal/link.ts', 'this.#isClonedNow() ? cloneWaitMs : ', ''),
    caughtBy: by('test/unit/link/clones.test.ts'),
  },
  {
    name: 'a lockout is over at once',
    edits: one('agent/identity/tries.ts', 'if (goneMs >= lockedOutMs) {', 'if (goneMs >= 0) {'),
    caughtBy: by('test/unit/identity/registration.test.ts'),
  },
  {
    name: 'a one-time code is taken twice',
    edits: one('agent/access/totp.ts', 'step > (usedStep ?? -1)', 'step >= (usedStep ?? -1)'),
    caughtBy: by('test/unit/access/totp.test.ts'),
  },
  {
    name: 'a disabled user signs in',
    edits: one(
      'agent/access/list.ts',
      'role === undefined || user.disabled === true ?',
      'role === undefined ?',
    ),
    caughtBy: by('test/unit/access/list.test.ts'),
  },
  {
    name: 'a name may be guessed once more than it should',
    edits: one(
      'agent/access/lockout.ts',
      'if (failures < signInLimits.failuresUntilLocked)',
      'if (failures <= signInLimits.failuresUntilLocked)',
    ),
    caughtBy: by('test/unit/access/lockout.test.ts'),
  },
  {
    name: 'what the portal signed is no rung of the clock',
    edits: one(
      'agent/ledger/clock-bound.ts',
      'Math.max(certifiedMs ?? 0, (signedMs ?? 0) - agreementMs)',
      '(certifiedMs ?? 0)',
    ),
    caughtBy: by('test/unit/ledger/clock-bound.test.ts'),
  },
];
