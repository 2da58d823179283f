/**
 * Planted bugs: mistakes this code could really make with money and cards, each with the change that makes it
 * and what has to catch it. A bug whose place in the code is not found any more is an error: plant it anew.
 */
import type { Bug } from './bug.ts';
import { accountBugs } from './bugs/account.ts';
import { batchBugs } from './bugs/batches.ts';
import { chipBugs } from './bugs/chips.ts';
import { configurationBugs } from './bugs/configuration.ts';
import { identityBugs } from './bugs/identity.ts';
import { ledgerBugs } from './bugs/ledger.ts';
import { linkBugs } from './bugs/link.ts';
import { paymentBugs } from './bugs/payments.ts';
import { readerBugs } from './bugs/readers.ts';
import { registrationBugs } from './bugs/registration.ts';
import { retentionBugs } from './bugs/retention.ts';

export const bugs: readonly Bug[] = [
  ...paymentBugs,
  ...chipBugs,
  ...accountBugs,
  ...ledgerBugs,
  ...linkBugs,
  ...batchBugs,
  ...registrationBugs,
  ...identityBugs,
  ...configurationBugs,
  ...retentionBugs,
  ...readerBugs,
];
