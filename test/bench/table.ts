/** The table of a run, for people: what was measured, beside what is wanted of it. */
import type { Figures } from './figures.ts';

type Row = readonly [what: string, figure: string, wanted: string];

/** One line a figure, as Markdown, so that it can be put into docs/performance.md as it is. */
export const tableOf = (figures: Figures): string => {
  const { processor, cores, memoryMiB, kernel, node, load } = figures.machine;
  const machine = [
    processor,
    `${cores} cores`,
    `${memoryMiB} MiB`,
    `Linux ${kernel}`,
    `Node ${node}`,
  ];
  const head: Row = ['what', 'here', 'wanted'];
  return [
    `${figures.date}, ${figures.seconds} s, load ${load.toFixed(1)} before`,
    [...machine, ...(figures.broker === undefined ? [] : [figures.broker])].join(', '),
    '',
    ...markdown([head, ...parts.flatMap((rowsOf) => rowsOf(figures))]),
    '',
  ].join('\n');
};

/** The rows of one part; none of a part that was not taken. */
type RowsOf = (figures: Figures) => readonly Row[];

const ofSales: RowsOf = ({ sales, ratios }) =>
  sales === undefined
    ? []
    : [
        ['offline sales, durable', `${sales.offlineSalesPerSecond} /s`, ''],
        ['· bare SQLite, same commits and bytes', `${sales.bareSqlitePerSecond} /s`, ''],
        ['· ratio, round by round', times(ratios.saleVsSqlite), '≥ 0.4'],
        ['· bare SQLite, same commits, payload only', `${sales.barePayloadPerSecond} /s`, ''],
        ['· ratio, round by round', times(ratios.saleVsSqlitePayload), ''],
        ['· plainjob, one job a sale', `${sales.plainjobPerSecond} /s`, ''],
        ['· ratio, round by round', times(ratios.saleVsPlainjob), ''],
        [
          'written for a sale, and by bare SQLite',
          `${sales.saleKiBWritten} and ${sales.bareKiBWritten} KiB`,
          '',
        ],
      ];

const ofFlushes: RowsOf = ({ flushes }) =>
  flushes === undefined
    ? []
    : [
        ['flushes of an offline sale', String(flushes?.offline ?? '–'), '≤ 2.1'],
        ['flushes of an online sale', String(flushes?.online ?? '–'), '≤ 3.2'],
      ];

const ofDrain: RowsOf = ({ drain, ratios }) =>
  drain === undefined
    ? []
    : [
        ['entries drained to the portal', `${drain.entriesPerSecond} /s`, ''],
        ['· bare mqtt.js, one entry a message', `${drain.bareMessagesPerSecond} /s`, ''],
        ['· ratio, round by round', times(ratios.drainVsMqtt), '≥ 0.4'],
      ];

const ofSeal: RowsOf = ({ sealMicroseconds }) =>
  sealMicroseconds === undefined ? [] : [['one sealing', `${sealMicroseconds} µs`, '']];

const ofReaders: RowsOf = ({ readers = {} }) =>
  Object.entries(readers).map(([name, { framesPerSecond, timesTheWire }]) => [
    name,
    `${framesPerSecond} frames/s, ${timesTheWire.toFixed(0)} × the wire`,
    '≥ 50 ×',
  ]);

const ofOnline: RowsOf = ({ onlineSaleMs, onlineOwnMs }) =>
  onlineSaleMs === undefined
    ? []
    : [
        ['online sale', `${onlineSaleMs} ms`, ''],
        ['· of it the agent’s own', `${onlineOwnMs} ms`, ''],
      ];

const ofCard: RowsOf = ({ cardToRequest: card }) =>
  card === undefined
    ? []
    : [
        ['card to request, median', `${card.medianMs} ms`, '≤ 5 ms'],
        ['· 99th percentile', `${card.p99Ms} ms`, '≤ 15 ms'],
        ['· a bare relay, both', `${card.relayMedianMs} and ${card.relayP99Ms} ms`, ''],
      ];

const ofStart: RowsOf = ({ start, ratios }) =>
  start === undefined
    ? []
    : [
        ['start to ready, empty ledger', `${start.startEmptyMs} ms`, ''],
        [`start to ready, ${start.fullEntries} entries`, `${start.startFullMs} ms`, ''],
        ['· ratio, round by round', times(ratios.startFullVsEmpty), '≤ 1.5'],
      ];

const ofGrowth: RowsOf = ({ growth, ratios }) =>
  growth === undefined
    ? []
    : [
        [`offline sale, ${growth.transactions} transactions`, `${growth.saleManyMs} ms`, ''],
        ['· beside a ledger of 100', times(ratios.saleManyVsFew), '≤ 1.2'],
        [`status, ${growth.transactions} transactions`, `${growth.statusManyMs} ms`, ''],
        ['· beside a ledger of 100', times(ratios.statusManyVsFew), '≤ 1.2'],
        [`first page of history, ${growth.transactions}`, `${growth.historyManyMs} ms`, ''],
        ['· beside a ledger of 100', times(ratios.historyManyVsFew), '≤ 1.2'],
        ['report of a day of 1 000 sales, of 100 days', `${growth.dayReportMs} ms`, '< 200 ms'],
        ['· beside a ledger of 2 days', times(ratios.dayReportManyVsFew), '≤ 1.2'],
        ['report of all 100 days', `${growth.allDaysReportMs} ms`, ''],
      ];

const ofPruning: RowsOf = ({ pruning }) =>
  pruning === undefined
    ? []
    : [
        [`pruning ${pruning.transactions} transactions`, `${pruning.pruneMs} ms`, ''],
        [
          '· commits, and the longest',
          `${pruning.commits}, ${pruning.longestCommitMs} ms`,
          '≤ 100 ms',
        ],
        ['· file before, after, refilled', `${pruning.fileMiB.join(', ')} MiB`, ''],
      ];

const ofMemory: RowsOf = ({ residentMiB, residentAtStartMiB, residentPeakMiB, bareNodeMiB }) =>
  residentMiB === undefined
    ? []
    : [
        ['resident after 1 000 sales', `${residentMiB} MiB`, '≤ 100'],
        [
          '· at the start, and at its highest',
          `${residentAtStartMiB} and ${residentPeakMiB} MiB`,
          '',
        ],
        ['· bare Node', `${bareNodeMiB} MiB`, ''],
      ];

const parts: readonly RowsOf[] = [
  ...[ofReaders, ofSales, ofFlushes, ofDrain, ofSeal, ofOnline, ofCard],
  ...[ofStart, ofGrowth, ofPruning, ofMemory],
];

const times = (ratio: number | undefined): string => ratio?.toFixed(2) ?? '–';

const markdown = (rows: readonly Row[]): string[] => {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0] ?? '', rule, ...lines.slice(1)];
};
