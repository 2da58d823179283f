/** Where the link to the portal stands, for people and for the local API. */
export const linkStates = [
  'unconfigured',
  'waiting',
  'connecting',
  'joining',
  'online',
  'stopped',
] as const;
export type LinkState = (typeof linkStates)[number];

export interface LinkStatus {
  readonly state: LinkState;
  /** The last session did not answer in time; live requests wait for a sign of life. */
  readonly doubtful: boolean;
  /** Another device seems to use this one's identity. */
  readonly cloneSuspected: boolean;
  readonly session: number;
  readonly protocolVersion?: 4 | 5;
  /** Why the last connection ended, when it did. */
  readonly lastFault?: string;
  /** Milliseconds until the next connection is tried, while waiting. */
  readonly retryInMs?: number;
}
