/**
 * Documents made from tables. Add a row to have another: its path, and what writes its text from the modules
 * below (`tables.messages`, `tables.settings` …) and a function that reads files of the house.
 */
import { asyncapiDocument } from './asyncapi.mjs';
import { contractReadme } from './contract-readme.mjs';
import { logEventsDocument } from './log-events.mjs';
import { metricsDocument } from './metrics.mjs';
import { receiptsDocument } from './receipts.mjs';
import { refusalsDocument } from './refusals.mjs';
import { portalSettingsSchema, settingsDocument, settingsSchema } from './settings.mjs';

export const documents = [
  {
    path: 'contract/README.md',
    write: (tables, read) => contractReadme(tables, read('contract/readme.template.md')),
  },
  { path: 'contract/asyncapi.json', write: asyncapiDocument },
  { path: 'docs/refusals.md', write: refusalsDocument },
  { path: 'docs/receipts.md', write: receiptsDocument },
  { path: 'docs/settings.md', write: settingsDocument },
  { path: 'docs/holdfast.schema.json', write: settingsSchema },
  { path: 'docs/portal-settings.schema.json', write: portalSettingsSchema },
  { path: 'docs/log-events.md', write: logEventsDocument },
  { path: 'docs/metrics.md', write: metricsDocument },
  {
    path: 'openapi.json',
    write: ({ routes }) => `${JSON.stringify(routes.openApiDocument(), null, 2)}\n`,
  },
];

/** The modules the documents are made from, without their endings; the last word is the name of each. */
export const modules = [
  'contract/canonical',
  'contract/chain',
  'contract/batch',
  'contract/facts',
  'contract/limits',
  'contract/messages',
  'contract/money',
  'contract/payment',
  'contract/refusals',
  'contract/topics',
  'contract/words',
  'config/settings',
  'config/values',
  'agent/diagnostics/events',
  'agent/diagnostics/metrics',
  'agent/local-api/routes',
  'agent/receipts/wording',
];

/** Loads the modules, by the name of each; `load` imports one, from the sources or as built. */
export const loadTables = async (load) => {
  const loaded = modules.map(async (path) => [path.split('/').at(-1), await load(path)]);
  return Object.fromEntries(await Promise.all(loaded));
};
