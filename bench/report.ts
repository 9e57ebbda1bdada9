import type { Cost, Figure } from './meter';
import { PAYING_LIMITS, type PayingFigure } from './paying';
import type { StatementCount } from './statements';

/** A baseline that costs more than this for a cart read tells of a busy machine: twice what its README gives. */
const BUSY = 2 * 0.28;

/** What it takes to have a process running. */
export interface Running {
  coldStartMs: number;
  rssAfterLoadMiB: number;
  rssPeakMiB: number;
}

export const RUNNING_LIMITS = { coldStartMs: 2_500, rssAfterLoadMiB: 250 };

export function isOver({ coldStartMs, rssAfterLoadMiB }: Running): boolean {
  return coldStartMs > RUNNING_LIMITS.coldStartMs || rssAfterLoadMiB > RUNNING_LIMITS.rssAfterLoadMiB;
}

export function printRunning({ coldStartMs, rssAfterLoadMiB, rssPeakMiB }: Running): void {
  const row = (what: string, value: number, limit?: number) => [
    ...[what, value.toFixed(0), limit === undefined ? '' : String(limit)],
    limit === undefined ? '' : verdict(value > limit),
  ];
  table([
    ['a process', 'Muse', 'limit', ''],
    row('cold start, database up and migrated (ms)', coldStartMs, RUNNING_LIMITS.coldStartMs),
    row('memory after the load, resident (MiB)', rssAfterLoadMiB, RUNNING_LIMITS.rssAfterLoadMiB),
    row('memory at its most (MiB)', rssPeakMiB),
  ]);
}

export function printStatements(counts: StatementCount[]): void {
  if (counts.length === 0) return;
  table([
    ['SQL statements', 'lines', 'each', 'limit', ''],
    ...counts.map((count) => [
      count.operation,
      String(count.lines),
      count.perOperation.toFixed(2),
      count.limit?.toString() ?? '',
      count.limit === null ? '' : verdict(count.over),
    ]),
  ]);
}

export function printFigures(figures: Figure[]): void {
  table([
    ['CPU-seconds per 1000', 'baseline', 'Muse', 'ratio', 'limit', ''],
    ...figures.map((figure) => [
      figure.operation,
      cost(figure.baseline),
      cost(figure.muse),
      figure.ratio.toFixed(2),
      figure.limit?.toFixed(1) ?? '',
      figure.limit === null ? '' : verdict(figure.over),
    ]),
  ]);
  console.log('server + Postgres = both');
  const read = figures.find((figure) => figure.operation === 'cart read');
  if (read && read.baseline.total > BUSY)
    console.log('The baseline itself was slow: the machine is busy, run it again.');
}

/** In milliseconds for one, which is seconds for 1000. */
export function printPaying({
  operation,
  payLater,
  payNow,
  callsPerCheckout,
  ratio,
  allowed,
  over,
}: PayingFigure): void {
  table([
    ['CPU-seconds per 1000', 'paid later', 'paid now', 'ratio', 'provider calls each', 'limit', ''],
    [
      ...[operation, cost(payLater), cost(payNow), ratio.toFixed(2), callsPerCheckout.toFixed(1), allowed.toFixed(1)],
      verdict(over),
    ],
  ]);
  console.log(
    `limit = ${PAYING_LIMITS.ratio} × paid later + ${PAYING_LIMITS.msPerCall} ms for each call to the provider`,
  );
}

const cost = ({ server, postgres, total }: Cost) =>
  `${server.toFixed(2)} + ${postgres.toFixed(2)} = ${total.toFixed(2)}`;
const verdict = (over: boolean) => (over ? 'OVER' : 'ok');

function table(rows: string[][]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log('');
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('   '),
    );
  }
}
