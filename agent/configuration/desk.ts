/** The desk: what the local API may see and ask of the configuration. */
import type { ConfigurationReport } from '../../contract/index.ts';
import type { KeptConfiguration } from '../ledger/configurations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Configuration } from './configuration.ts';
import type { Fitting, InForce } from './in-force.ts';
import { holdOf, putHold, type Hold } from './hold.ts';
import type { Preview, PreviewLayer } from './preview.ts';

export interface ShopConfiguration {
  /** The settings in force, and where each came from. */
  view(): Fitting;
  /** Where it stands: versions in force, what waits and why, what was refused. */
  report(): ConfigurationReport;
  /** What happened to it, the newest first. */
  history(most: number): KeptConfiguration[];
  /** What would change if a layer said this. */
  preview(layer: PreviewLayer, document: unknown): Promise<Preview>;
  hold(): Hold | undefined;
  /** Keeps versions from taking effect for so many minutes; 0 ends that. */
  putHold(minutes: number, why: string): void;
}

/** The desk of a configuration. */
export const deskOf = (
  ledger: Ledger,
  inForce: InForce,
  configuration: Configuration,
): ShopConfiguration => ({
  view: () => inForce.view(),
  report: () => configuration.report(),
  history: (most) => ledger.configurations.list(most),
  preview: (layer, document) => configuration.preview(layer, document),
  hold: () => holdOf(ledger),
  putHold: (minutes, why) => {
    putHold(ledger, minutes, why);
    configuration.look();
  },
});
