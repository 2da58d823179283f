/** How the configuration is shown to people. */
import type { ConfigurationLayers } from '../../contract/index.ts';
import type { HistoryAnswer, PreviewAnswer } from '../local-api/config-shapes.ts';
import type { ConfigAnswer } from '../local-api/config.ts';
import { counted, pairs, table } from './print.ts';

export const written = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** `client 2, group tills 7, device 3`. */
const layersText = ({ client, group, device }: ConfigurationLayers): string =>
  [
    ...(client === undefined ? [] : [`client ${client}`]),
    ...(group === undefined ? [] : [`group ${group.groupId} ${group.version}`]),
    ...(device === undefined ? [] : [`device ${device}`]),
  ].join(', ') || 'nothing from the portal';

/** Where it stands: what is in force, what waits, what was refused. */
export const standingText = (standing: ConfigAnswer['configuration']): string => {
  const { number, layers, candidate, refused, hold, ignored } = standing;
  return pairs([
    ['in force', `${number} (${layersText(layers)})`],
    ...(candidate === undefined
      ? []
      : ([
          ['next', `${layersText(candidate.layers)}: ${candidate.state}`],
          ...(candidate.why === undefined ? [] : ([['waits', candidate.why]] as const)),
          ...(candidate.earliestAt === undefined
            ? []
            : ([['not before', new Date(candidate.earliestAt).toISOString()]] as const)),
        ] as const)),
    ...(refused === undefined ? [] : ([['refused', refusalText(refused)]] as const)),
    ...(hold === undefined ? [] : ([['held', `${hold.minutesLeft} min ${hold.why}`]] as const)),
    ...(ignored.length === 0 ? [] : ([['unknown', ignored.join(', ')]] as const)),
  ]);
};

const refusalText = (refused: NonNullable<ConfigAnswer['configuration']['refused']>): string =>
  `${layersText(refused.layers)}: ${refused.outcome.replaceAll('_', ' ')}: ${refused.why}`;

export const historyText = ({ entries }: HistoryAnswer): string => {
  if (entries.length === 0) return 'Nothing was changed yet.';
  const rows = entries.map(({ at, inForce, refused }) =>
    inForce === undefined
      ? [at, '', refused?.outcome.replaceAll('_', ' ') ?? '', refused?.why ?? '']
      : [
          ...[at, String(inForce.number), inForce.because.replaceAll('_', ' ')],
          `${layersText(inForce.layers)}; changed: ${inForce.changed.join(', ') || 'nothing'}`,
        ],
  );
  return table(['at', 'number', 'what', 'which'], rows);
};

export const previewText = (preview: PreviewAnswer): string => {
  const { changes, refused, barrier, ignored, withoutEffect } = preview;
  const rows = changes.map(({ name, before, after, applies }) => [
    ...[name, written(before), written(after), applies],
  ]);
  return [
    rows.length === 0
      ? 'Nothing would change.'
      : table(['setting', 'now', 'then', 'takes effect'], rows),
    ...(refused === undefined ? [] : [`It would be refused (${refused.code}): ${refused.why}`]),
    ...(barrier === undefined ? [] : [`It would wait: ${barrier.why}`]),
    ...(ignored.length === 0 ? [] : [`No settings of this agent: ${ignored.join(', ')}.`]),
    ...(withoutEffect.length === 0
      ? []
      : [
          `${counted(withoutEffect.length, 'setting')} would have no effect: ` +
            `${withoutEffect.map(({ name, from }) => `${name} (the ${from} says otherwise)`).join(', ')}.`,
        ]),
  ].join('\n');
};
