/** Configuration: one table of settings, laid over each other in layers. */
export {
  settings,
  type MoneyLimits,
  type ReaderSetting,
  type SettingName,
  type SettingRow,
  type Settings,
} from './settings.ts';
export { brokerUrlFault } from './broker-url.ts';
export {
  effective,
  environmentNameOf,
  layers,
  valuesOf,
  valuesOfEnvironment,
  type Effective,
  type Laid,
  type Layer,
} from './layers.ts';
