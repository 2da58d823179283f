/**
 * Staff: people and programs for an access document, with what they prove themselves by in clear, which
 * nothing but a test knows.
 */
import type { AccessBody, AccessUser, ClientApplication, Role } from '../../contract/index.ts';
import { totpCode, totpStepAt } from '../../agent/access/totp.ts';
import { wrappingKeyFrom } from '../../agent/identity/wrapping-key.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import {
  drawnKey,
  drawnRecoveryCode,
  drawnTotpSecret,
  keptPassword,
  sealedTotp,
} from '../../simulator/portal/credentials.ts';

const { dice } = nodeWorld('.');

/** The cheapest the contract allows: tests sign in often. */
const cheap = { n: 16_384, p: 1 } as const;

/** The device's wrapping key, both halves. */
export const staffWrappingKey = wrappingKeyFrom(dice.bytes(32));

/** Somebody who may sign in. */
export interface Colleague {
  readonly user: AccessUser;
  readonly password: string;
  readonly recoveryCodes: readonly string[];
  /** What the app on the phone shows at a wall time. */
  codeAt(wallMs: number): string;
}

export interface Hiring {
  readonly role: Role;
  readonly device: string;
  /** Whether there is an app on a phone; for those who may change a device unless told otherwise. */
  readonly hasPhone?: boolean;
  readonly cost?: Parameters<typeof keptPassword>[2];
}

export const hired = async (
  userId: string,
  { role, device, hasPhone = role === 'admin' || role === 'technician', cost = cheap }: Hiring,
): Promise<Colleague> => {
  const password = `correct horse of ${userId}`;
  const secret = drawnTotpSecret(dice);
  const codes = [drawnRecoveryCode(dice), drawnRecoveryCode(dice)];
  const wrappingKey = staffWrappingKey.publicHalf();
  const totp = { sealed: sealedTotp(secret, { wrappingKey, device, userId }, dice) };
  return {
    user: {
      ...{ userId, name: `The ${role}`, role, password: await keptPassword(password, dice, cost) },
      ...(hasPhone ? { totp } : {}),
      recoveryCodes: codes.map(({ kept }) => kept),
    },
    password,
    recoveryCodes: codes.map(({ text }) => text),
    codeAt: (wallMs) => totpCode(secret, totpStepAt(wallMs)),
  };
};

/** A program with scopes, and its key. */
export const installed = (
  applicationId: string,
  scopes: readonly string[],
  valid: Pick<ClientApplication, 'from' | 'until'> = {},
): { application: ClientApplication; key: string } => {
  const { text, kept } = drawnKey(dice);
  const application = { applicationId, name: applicationId, scopes: [...scopes], keys: [kept] };
  return { application: { ...application, ...valid }, key: text };
};

/** A document with some people and programs in it. */
export const rosterOf = (
  colleagues: readonly Colleague[],
  applications: readonly ClientApplication[] = [],
): AccessBody => ({ users: colleagues.map(({ user }) => user), applications: [...applications] });
