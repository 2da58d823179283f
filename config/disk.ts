/** The door to the settings file: reads `holdfast.json` and the environment into effective settings. */
import { readFileSync, statSync } from 'node:fs';
import { effective, valuesOf, valuesOfEnvironment, type Effective, type Values } from './layers.ts';

/** The most a settings file may be, in bytes. */
export const settingsFileBytesMax = 262_144;

/** The settings of a file (none: defaults only) under the environment, over what a registration said. */
export const loadSettings = (
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  registration: Values = new Map(),
): Effective => {
  let file: Values = new Map();
  if (path !== undefined) {
    const read = readDocument(path);
    if ('why' in read) return { ok: false, why: read.why };
    const values = valuesOf(read.document);
    if ('why' in values) return { ok: false, why: `${path}: ${values.why}` };
    file = values.values;
  }
  return effective(file, valuesOfEnvironment(environment), registration);
};

const readDocument = (path: string): { document: unknown } | { why: string } => {
  try {
    if (statSync(path).size > settingsFileBytesMax) {
      return {
        why: `${path} is larger than ${settingsFileBytesMax} bytes; it should hold settings only.`,
      };
    }
    return { document: JSON.parse(readFileSync(path, 'utf8')) };
  } catch (error) {
    // V8 quotes a piece of the text, line ends and all; a fault is one sentence on one line.
    const message = error instanceof Error ? error.message : String(error);
    const found = message.replaceAll(/\s+/g, ' ');
    return {
      why: `${path} cannot be read as JSON (${found}); mend the file or name another with --config.`,
    };
  }
};
