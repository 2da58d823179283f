/** The door to the settings file: reads `holdfast.json` and the environment into values by name. */
import { readFileSync, statSync } from 'node:fs';
import type { Laid } from './layers.ts';
import { valuesOf, valuesOfEnvironment } from './values.ts';

/** The most a settings file may be, in bytes. */
export const settingsFileBytesMax = 262_144;

/** What a file (none: nothing) and the environment say, still to be laid over the rest. */
export const readLayers = (
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Required<Pick<Laid, 'file' | 'environment'>> | { why: string } => {
  const named = valuesOfEnvironment(environment);
  if (path === undefined) return { file: new Map(), environment: named };
  const read = readDocument(path);
  if ('why' in read) return read;
  const values = valuesOf(read.document);
  if ('why' in values) return { why: `${path}: ${values.why}` };
  return { file: values.values, environment: named };
};

/** Reads a file of settings; `why` is a sentence that names it and says what to do. */
export const readDocument = (path: string): { document: unknown } | { why: string } => {
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
