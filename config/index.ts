/** Configuration: one table of settings, laid over each other in layers. */
export {
  settings,
  type MoneyLimits,
  type ReaderSetting,
  type SettingName,
  type SettingRow,
  type Settings,
} from './settings.ts';
export {
  effective,
  environmentNameOf,
  layers,
  valuesOf,
  valuesOfEnvironment,
  type Effective,
  type Layer,
} from './layers.ts';
