/** What the configuration tells the rest of the agent about itself. */
import type { Barrier } from '../../config/index.ts';
import type {
  ConfigurationCause,
  ConfigurationOutcome,
  ConfigurationReport,
} from '../../contract/index.ts';

export type ConfigurationNews =
  | {
      readonly is: 'in force';
      readonly number: number;
      readonly because: ConfigurationCause;
      /** The documents in words. */
      readonly name: string;
      readonly changedCount: number;
    }
  | { readonly is: 'waiting'; readonly name: string; readonly barrier: Barrier }
  | { readonly is: 'on trial'; readonly name: string; readonly withinSeconds: number }
  | {
      readonly is: 'refused';
      readonly name: string;
      readonly outcome: ConfigurationOutcome;
      readonly code: string;
      readonly why: string;
    }
  | { readonly is: 'fallen back'; readonly why: string }
  | { readonly is: 'overruled'; readonly setting: string; readonly layer: string };

export type CandidateReport = NonNullable<ConfigurationReport['candidate']>;
