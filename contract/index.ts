/** The contract: the words an agent and a portal share. Pure; the only dependency is the schema library. */
export { Amount, amountValueMax, decimalsOf, formatAmount, parseAmount } from './money.ts';
export { canonical, isDeeperThan, type Json } from './canonical.ts';
export { chainHash, chainStart, type EntryHead, type Sha256 } from './chain.ts';
export { check } from './check.ts';
export {
  Actor,
  BatchId,
  cardTypes,
  Charge,
  charge,
  DeclinedBy,
  ChipData,
  cryptogramTypes,
  entryModes,
  followUpTypes,
  HostAnswer,
  MaskedCard,
  Outcome,
  outcomes,
  Prompts,
  TransactionType,
  transactionTypes,
  type CardType,
  type CryptogramType,
  type EntryMode,
  verifications,
  type Verification,
  type FollowUpType,
} from './payment.ts';
export {
  BatchTotal,
  batchLimits,
  closeTriggers,
  CloseTrigger,
  Difference,
  recordStandings,
  Settlement,
  type BatchRecord,
  type RecordStanding,
  type Sum,
} from './batch.ts';
export {
  deliberateReasons,
  facts,
  moneyKinds,
  SealedRef,
  type Fact,
  type FactBody,
  type FactType,
  type MoneyKind,
  reversalReasons,
  type ReversalReason,
} from './facts.ts';
export {
  Desired,
  DesiredDevice,
  desiredKinds,
  DesiredTrust,
  deviceStatuses,
  keySetAddress,
  keySetsMost,
  type DesiredKind,
  type DeviceStatus,
} from './desired.ts';
export { linkLimits } from './limits.ts';
export { words, type Word, type WordBody, type WordType } from './words.ts';
export {
  Ack,
  AuthorizeBody,
  Entry,
  FollowUpBody,
  Frame,
  LiveRequest,
  LiveResponse,
  identityStates,
  messages,
  Presence,
  refusedBeforeHost,
  type ClockTrust,
  type IdentityState,
  type MessageName,
  type MessageRow,
  type Payload,
} from './messages.ts';
export { deviceTypes, Profile, profileText, profileTextMost } from './profile.ts';
export {
  gateRefusals,
  otherRefusals,
  refusals,
  registrationRefusals,
  type GateRefusal,
  type RefusalCode,
  type RefusalRow,
  type RegistrationRefusal,
} from './refusals.ts';
export {
  CornerRefusal,
  CornerRequest,
  CornerResponse,
  ExportReceipt,
  PortalKeys,
  registrationCodeForm,
  RegistrationGrant,
  RegistrationRequest,
  regrantMs,
  Renewal,
  RenewalGrant,
  Retirement,
  RetirementGrant,
  SignedRequest,
} from './registration.ts';
export {
  channelOf,
  channels,
  defaultRoot,
  isSubject,
  subjectName,
  topicOf,
  type Channel,
  type Place,
  type Subject,
} from './topics.ts';
