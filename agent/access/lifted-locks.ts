/**
 * Lifted locks: somebody the portal has given another password or other codes is locked out no more. Who was
 * locked has failed with the old ones, and has no other way back before the time is over.
 */
import { sha256 } from '../identity/digest.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import type { AccessList, Person } from './list.ts';

/** Lifts the locks of those who prove themselves otherwise now than before; a start alone lifts none. */
export const liftLocks = (ledger: Ledger, before: AccessList, now: AccessList): void => {
  const changed = now.people().filter((person) => {
    const known = before.person(person.userId);
    return known !== undefined && secretsOf(known) !== secretsOf(person);
  });
  const locked = changed
    .map(({ userId }) => sha256(userId))
    .filter((nameHash) => ledger.signIns.failuresOf(nameHash) !== undefined);
  if (locked.length === 0) return;
  try {
    ledger.commit(() => locked.forEach((nameHash) => ledger.signIns.forgive(nameHash)));
  } catch (error) {
    // A full disk signs nobody in either; the next change at the portal lifts it, or time does.
    if (storageFaultOf(error) === undefined) throw error;
  }
};

// A TOTP secret is sealed anew with every document; recovery codes are drawn together with it.
const secretsOf = ({ password, recoveryCodes }: Person): string =>
  JSON.stringify([password.hash, recoveryCodes]);
