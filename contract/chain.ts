/**
 * The chain of a log: every entry carries the hash of all that went before it.
 *
 * `hash = SHA-256(prev ‖ RFC 8785 JSON of the entry without its hash)`; the first `prev` is the SHA-256 of
 * client, device and epoch. A missing, repeated or changed entry breaks the chain at its place.
 */
import { canonical } from './canonical.ts';
import { subjectName, type Subject } from './topics.ts';

/** SHA-256 of UTF-8 text, as 64 lower-case hex digits. An argument, because the contract has no Node. */
export type Sha256 = (text: string) => string;

/** What is hashed of an entry: everything but the hash. `at` is milliseconds of wall time since 1970. */
export interface EntryHead {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly clock: 'untrusted' | 'bounded' | 'trusted';
  readonly body: unknown;
}

/** The hash before the first entry of an epoch: SHA-256 of `{clientId}/{deviceId}/{epoch}`. */
export const chainStart = (subject: Subject, epoch: number, sha256: Sha256): string =>
  sha256(`${subjectName(subject)}/${epoch}`);

/** The hash of an entry that follows `prev`. */
export const chainHash = (prev: string, entry: EntryHead, sha256: Sha256): string => {
  const { seq, id, type, at, clock, body } = entry;
  return sha256(prev + canonical({ seq, id, type, at, clock, body }));
};
