/** Configuration: one table of settings, laid over each other in layers, and versions of it. */
export { settings, type SettingName, type Settings } from './settings.ts';
export type {
  Applies,
  MoneyLimits,
  ReaderSetting,
  SetBy,
  SettingFault,
  SettingRow,
} from './setting.ts';
export { brokerUrlFault } from './broker-url.ts';
export {
  effective,
  isKeptByPortal,
  layerFault,
  layers,
  portalLayers,
  type Effective,
  type Laid,
  type Layer,
  type PortalLayer,
} from './layers.ts';
export { together, type Values } from './patch.ts';
export { environmentNameOf, namedIn, valuesOf, valuesOfEnvironment } from './values.ts';
export {
  documentsOf,
  Generation,
  layersOf,
  nameOf,
  noDocuments,
  versionsOf,
  wantedOf,
  type DocumentName,
  type Kept,
  type Wanted,
} from './generation.ts';
export {
  next,
  proofs,
  type Barrier,
  type Candidate,
  type Fault,
  type Proof,
  type VersionEffect,
  type VersionHappening,
  type VersionState,
} from './version.ts';
