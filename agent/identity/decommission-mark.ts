/** The mark of a device that is half out of service: how far it is, and that it must not sell. */
import { subjectName } from '../../contract/index.ts';
import { Type, type Static } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import { documentAt } from './document.ts';

/** What became of telling the portal. */
const Told = Type.Enum(['let_go', 'revoked_before', 'not_told']);
export type Told = Static<typeof Told>;

const Mark = Type.Object({
  clientId: Type.String(),
  deviceId: Type.String(),
  /** Whether the question to the portal may have left. */
  asked: Type.Boolean(),
  /** From here on there is no way back. */
  told: Type.Optional(Told),
  /** Why the portal was not told. */
  why: Type.Optional(Type.String()),
  /** Where the ledger goes, below the data directory; left out where there is no ledger. */
  record: Type.Optional(Type.String()),
});
export type Mark = Static<typeof Mark>;

export const markIn = (directory: DataDirectory): Mark | undefined =>
  documentAt(directory, 'decommission', Mark, 'restore it from a backup of the whole directory');

/** Writes the mark down; gives it back. */
export const keepMark = (directory: DataDirectory, mark: Mark): Mark => {
  directory.write('decommission', `${JSON.stringify(mark)}\n`);
  return mark;
};

/** Refuses whatever would bring a device to life that is half out of service. */
export const refuseHalfDecommissioned = (directory: DataDirectory): void => {
  const mark = markIn(directory);
  if (mark === undefined) return;
  throw new StartFault(
    'decommission_unfinished',
    `${subjectName(mark)} is half out of service; run \`holdfast decommission\` again to finish that.`,
  );
};
