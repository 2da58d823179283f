/**
 * Commands about batches: taken in with their word, run once, and answered by the fact `command.finished`.
 *
 * The device itself checks that a command is not too old and who issued it; it trusts the portal's signature
 * for who that is, and its own table for what a role may do.
 */
import type { ClockTrust, WordBody } from '../../contract/index.ts';
import type { Finished, Received } from '../ledger/commands.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { BatchNews, TakenWord } from './news.ts';
import { askClose, finish, type Desk } from './steps.ts';

/** Who may issue a command of a kind. */
const rolesFor: Readonly<Record<string, readonly string[]>> = {
  'batch.close': ['supervisor', 'admin'],
};

/** Characters of a batch's name. */
const nameMax = 64;

/** The time a command is judged at; `elapsedMs` survives reboots, `wallMs` counts only while trusted. */
export interface Now {
  readonly wallMs: number;
  readonly elapsedMs: number;
  readonly trust: ClockTrust;
}

/** Keeps a command, inside the commit that takes its word in; `issuedAt` is the portal's wall time, ms. */
export const takeCommand = (
  ledger: Ledger,
  asked: WordBody<'command'>,
  issuedAt: number,
): TakenWord => {
  const { commandId, kind } = asked;
  if (ledger.commands.knows(commandId)) return { note: 'the command was taken in before' };
  ledger.commands.receive(asked, issuedAt);
  return { news: { is: 'command received', commandId, kind } };
};

/** Why a command cannot be begun; `undefined` when it can. */
export const refusalOf = ({ asked, ...times }: Received, now: Now): Finished | undefined => {
  const { commandId, kind, issuedBy, ttlMs } = asked;
  const roles = Object.hasOwn(rolesFor, kind) ? rolesFor[kind] : undefined;
  if (roles === undefined) {
    const detail = 'This release does not know commands of this kind.';
    return { commandId, result: 'rejected', code: 'unsupported_kind', detail };
  }
  if (ageOf(times, now) > ttlMs) {
    const detail = 'It came after its time; issue it again.';
    return { commandId, result: 'expired', code: 'command_expired', detail };
  }
  if (!roles.includes(issuedBy.role ?? '')) {
    const detail = `${kind} is for the roles ${roles.join(' and ')}.`;
    return { commandId, result: 'rejected', code: 'role_not_allowed', detail };
  }
  return undefined;
};

// Without a time that is trusted, a command is as old as the device has had it.
const ageOf = (
  { issuedAt, receivedElapsedMs }: Omit<Received, 'asked'>,
  { wallMs, elapsedMs, trust }: Now,
): number => (trust === 'trusted' ? wallMs - issuedAt : elapsedMs - receivedElapsedMs);

/**
 * Begins a command, inside a commit: it is refused, or the batch it means is closing from now on and ends it
 * when it is closed.
 */
export const runCommand = (
  desk: Desk,
  command: Received,
  { now, usualName }: { readonly now: Now; readonly usualName: string },
): BatchNews[] => {
  const { ledger } = desk;
  const { commandId, params, issuedBy } = command.asked;
  const refusal = refusalOf(command, now);
  if (refusal !== undefined) return [finish(ledger, refusal)];
  const name = params['batchName'] ?? usualName;
  if (typeof name !== 'string' || name === '' || name.length > nameMax) {
    const detail = `batchName is a text of 1 to ${nameMax} characters.`;
    return [finish(ledger, { commandId, result: 'rejected', code: 'malformed', detail })];
  }
  const kept = ledger.batches.last(name);
  if (kept?.state.is !== 'open' && kept?.state.is !== 'closing') {
    const detail = 'No batch of this name is open; there is nothing to close.';
    return [finish(ledger, { commandId, result: 'failed', code: 'conflict', detail })];
  }
  ledger.commands.awaitClose(commandId, kept.batch);
  return askClose(desk, kept, { trigger: 'portal', by: issuedBy });
};
