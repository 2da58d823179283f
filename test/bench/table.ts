/** The table of a run, for people: what was measured, beside what is wanted of it. */
import type { Figures } from './figures.ts';

type Row = readonly [what: string, figure: string, wanted: string];

/** One line a figure, as Markdown, so that it can be put into docs/performance.md as it is. */
export const tableOf = (figures: Figures): string => {
  const { machine, ratios, sales, drain, start, growth, pruning, flushes } = figures;
  const rows: readonly Row[] = [
    ['offline sales, durable', `${sales.offlineSalesPerSecond} /s`, ''],
    ['· bare SQLite, same commits and bytes', `${sales.bareSqlitePerSecond} /s`, ''],
    ['· ratio', times(ratios.saleVsSqlite), '≥ 0.4'],
    ['· bare SQLite, same commits, payload only', `${sales.barePayloadPerSecond} /s`, ''],
    ['· ratio', times(ratios.saleVsSqlitePayload), ''],
    ['· plainjob, one job a sale', `${sales.plainjobPerSecond} /s`, ''],
    ['· ratio', times(ratios.saleVsPlainjob), ''],
    ['written for a sale, and by bare SQLite', writtenOf(sales), ''],
    ['flushes of an offline sale', flushes === null ? '–' : String(flushes.offline), '≤ 2.1'],
    ['flushes of an online sale', flushes === null ? '–' : String(flushes.online), '≤ 3.2'],
    ['entries drained to the portal', `${drain.entriesPerSecond} /s`, ''],
    ['· bare mqtt.js, one entry a message', `${drain.bareMessagesPerSecond} /s`, ''],
    ['· ratio', times(ratios.drainVsMqtt), '≥ 0.4'],
    ['one sealing', `${figures.sealMicroseconds} µs`, ''],
    ['online sale', `${figures.onlineSaleMs} ms`, ''],
    ['· of it the agent’s own', `${figures.onlineOwnMs} ms`, ''],
    ['start to ready, empty ledger', `${start.startEmptyMs} ms`, ''],
    [`start to ready, ${start.fullEntries} entries`, `${start.startFullMs} ms`, ''],
    ['· ratio', times(ratios.startFullVsEmpty), '≤ 1.5'],
    [`offline sale, ${growth.transactions} transactions`, `${growth.saleManyMs} ms`, ''],
    ['· beside a ledger of 100', times(ratios.saleManyVsFew), '≤ 1.2'],
    [`status, ${growth.transactions} transactions`, `${growth.statusManyMs} ms`, ''],
    ['· beside a ledger of 100', times(ratios.statusManyVsFew), '≤ 1.2'],
    [
      `first page of history, ${growth.transactions} transactions`,
      `${growth.historyManyMs} ms`,
      '',
    ],
    ['· beside a ledger of 100', times(ratios.historyManyVsFew), '≤ 1.2'],
    ['report of a day of 1 000 sales', `${growth.dayReportMs} ms`, '< 200 ms'],
    ['report of all 100 days', `${growth.allDaysReportMs} ms`, ''],
    [`pruning ${pruning.transactions} transactions`, `${pruning.pruneMs} ms`, ''],
    ['· commits, and the longest', `${pruning.commits}, ${pruning.longestCommitMs} ms`, '≤ 100 ms'],
    ['· file before, after, refilled', `${pruning.fileMiB.join(', ')} MiB`, ''],
    ['resident after 1 000 sales', `${figures.residentMiB} MiB`, '≤ 100'],
    ['· at the start, and at its highest', atStartAndPeak(figures), ''],
    ['· bare Node', `${figures.bareNodeMiB} MiB`, ''],
  ];
  const { processor, cores, memoryMiB, kernel, node, load } = machine;
  return [
    `${figures.date}, ${figures.seconds} s, load ${load.toFixed(1)} before`,
    `${processor}, ${cores} cores, ${memoryMiB} MiB, Linux ${kernel}, Node ${node}, ${figures.broker}`,
    '',
    ...markdown([['what', 'here', 'wanted'], ...rows]),
    '',
  ].join('\n');
};

const times = (ratio: number): string => ratio.toFixed(2);

const writtenOf = ({ saleKiBWritten, bareKiBWritten }: Figures['sales']): string =>
  `${saleKiBWritten} and ${bareKiBWritten} KiB`;

const atStartAndPeak = ({ residentAtStartMiB, residentPeakMiB }: Figures): string =>
  `${residentAtStartMiB} and ${residentPeakMiB} MiB`;

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
