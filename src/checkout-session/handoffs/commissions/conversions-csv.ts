import { parse } from 'csv-parse/sync';
import { InvalidField } from '../../../platform/http';
import { NO_MONEY, minorDigits } from '../../../platform/money';
import { networkOf, type NetworkId } from '../../../store-integrations';

/** One line of a network's report. */
export interface ReportedConversion {
  /** Where it stands in the file; the names of the columns are line 1. */
  line: number;
  networkId: string;
  /** The commission that it takes back, by the network's id: its own, unless the report names another. */
  reverses: string | null;
  clickId: string | null;
  occurredAt: Date;
  status: 'pending' | 'approved' | 'reversed';
  currency: string;
  /** Minor units. Of a reversal what is taken back; null: all of it. */
  commissionCents: number | null;
  saleCents: number | null;
}

/** Why a line was not taken; `column` by Muse's name. */
export interface LineFault {
  line: number;
  column: string | null;
  code: string;
  detail: string;
}

export const MOST_LINES = 5_000;
const MOST_CENTS = 100_000_000_000;

/** Muse's columns, and what networks call them; written with capitals, blanks or low lines as anybody likes. */
const COLUMNS = {
  transactionId: ['transactionid', 'commissionid', 'actionid', 'conversionid'],
  clickId: ['clickid', 'subid', 'subid1'],
  occurredAt: ['occurredat', 'transactiondate', 'eventdate', 'date'],
  status: ['status', 'transactionstatus', 'commissionstatus', 'state'],
  commission: ['commission', 'commissionamount', 'totalcommission', 'payout'],
  sale: ['sale', 'saleamount', 'orderamount'],
  currency: ['currency', 'currencycode'],
  reverses: ['reverses', 'originaltransactionid', 'originalcommissionid', 'originalactionid'],
} as const;
type Column = keyof typeof COLUMNS;
const REQUIRED: Column[] = ['transactionId', 'occurredAt', 'commission', 'currency'];

const STATUSES = new Map<string, ReportedConversion['status']>([
  ...['', 'pending', 'open', 'new', 'extended', 'locked'].map((said) => [said, 'pending'] as const),
  ...['approved', 'confirmed', 'closed', 'paid'].map((said) => [said, 'approved'] as const),
  ...['reversed', 'declined', 'rejected', 'cancelled', 'canceled'].map((said) => [said, 'reversed'] as const),
  ...['voided', 'void', 'deleted'].map((said) => [said, 'reversed'] as const),
]);

/**
 * Reads a report. A line that says nothing useful is a fault of its own, the others stand. Throws InvalidField where the file
 * is none, lacks a column, or has too many lines.
 */
export function readConversions(
  csv: string,
  network: NetworkId,
  now: Date,
): { conversions: ReportedConversion[]; faults: LineFault[] } {
  const [header, ...lines] = linesOf(csv);
  const places = columnsOf(header?.cells ?? [], network);
  const conversions: ReportedConversion[] = [];
  const faults: LineFault[] = [];
  for (const { line, cells } of lines) {
    const cell = (column: Column) => (cells[places.get(column) ?? -1] ?? '').trim();
    const read = readLine(line, cell, now);
    if ('code' in read) faults.push(read);
    else conversions.push(read);
  }
  return { conversions, faults };
}

function linesOf(csv: string): { line: number; cells: string[] }[] {
  const [first = ''] = csv.split('\n', 1);
  const delimiter = [';', '\t'].find((one) => first.split(one).length > first.split(',').length) ?? ',';
  try {
    const options = { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true, info: true } as const;
    const read = parse(csv, { ...options, to: MOST_LINES + 2, max_record_size: 20_000 }) as unknown;
    const lines = (read as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => {
      return { line: info.lines, cells: record };
    });
    if (lines.length > MOST_LINES + 1) throw new InvalidField('/csv', `csv must have ${MOST_LINES} lines at most`);
    return lines;
  } catch (error) {
    if (error instanceof InvalidField) throw error;
    throw new InvalidField('/csv', 'csv is no table of comma-separated values');
  }
}

function columnsOf(header: string[], network: NetworkId): Map<Column, number> {
  const written = header.map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
  const places = new Map<Column, number>();
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const names: string[] = [...COLUMNS[column]];
    if (column === 'clickId') names.unshift(networkOf(network).subId.toLowerCase());
    const name = names.find((one) => written.includes(one));
    if (name !== undefined) places.set(column, written.indexOf(name));
  }
  const missing = REQUIRED.filter((column) => !places.has(column));
  if (missing.length > 0) throw new InvalidField('/csv', `csv lacks the column ${missing.join(', ')}`);
  return places;
}

function readLine(line: number, cell: (column: Column) => string, now: Date): ReportedConversion | LineFault {
  const fault = (column: Column, code: string, detail: string): LineFault => ({ line, column, code, detail });
  const networkId = cell('transactionId');
  if (!isId(networkId)) return fault('transactionId', 'invalid_id', 'must be an id of 1 to 100 visible characters');
  const reverses = cell('reverses') || null;
  if (reverses !== null && !isId(reverses))
    return fault('reverses', 'invalid_id', 'must be an id of 1 to 100 visible characters');
  const occurredAt = momentOf(cell('occurredAt'));
  if (!occurredAt || occurredAt.getTime() > now.getTime() + 86_400_000)
    return fault('occurredAt', 'invalid_time', 'must be a time that has passed, such as 2026-11-26T10:00:00Z');
  const currency = cell('currency').toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency) || NO_MONEY.includes(currency))
    return fault('currency', 'invalid_currency', 'must be a code of ISO 4217');
  const said = STATUSES.get(cell('status').toLowerCase());
  if (said === undefined) return fault('status', 'invalid_status', 'must be pending, approved or reversed');
  const commission = centsOf(cell('commission'), currency);
  const sale = centsOf(cell('sale'), currency);
  // An amount that is taken back says by its sign what a status says by its name.
  const status = said === 'reversed' || reverses !== null || (commission ?? 0) < 0 ? 'reversed' : said;
  const mayLack = status === 'reversed' && cell('commission') === '';
  if (commission === undefined && !mayLack)
    return fault('commission', 'invalid_amount', 'must be a decimal number such as 12.34');
  if (sale === undefined && cell('sale') !== '')
    return fault('sale', 'invalid_amount', 'must be a decimal number such as 12.34');
  // What Muse gave no network is nothing of Muse's, and is not kept.
  const [clickId = null] = /^[a-z0-9]{26,32}$/.exec(cell('clickId').toLowerCase()) ?? [];
  const commissionCents = status === 'reversed' ? Math.abs(commission ?? 0) || null : commission!;
  const saleCents = sale === undefined ? null : Math.abs(sale);
  return { line, networkId, reverses, clickId, occurredAt, status, currency, commissionCents, saleCents };
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,100}$/.test(text);
}

/** A day, or a time; where it names no zone, in UTC. */
function momentOf(text: string): Date | undefined {
  const read = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (!read) return undefined;
  const [, day, time = '00:00', zone = 'Z'] = read;
  const offset = zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const moment = new Date(`${day}T${time}${offset}`);
  // The calendar of JavaScript takes a 31st of February for a day of March.
  const isDay = new Date(`${day}T00:00Z`).toJSON()?.startsWith(day!);
  return isDay && !Number.isNaN(moment.getTime()) ? moment : undefined;
}

/** Minor units of a decimal number, to the last of them: nothing is rounded. */
function centsOf(text: string, currency: string): number | undefined {
  const read = /^(-)?(\d{1,12}|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,6}))?$/.exec(text);
  if (!read) return undefined;
  const [, minus, whole = '', part = ''] = read;
  const digits = minorDigits(currency);
  if (/[1-9]/.test(part.slice(digits))) return undefined;
  const cents = Number(whole.replaceAll(',', '') + part.slice(0, digits).padEnd(digits, '0'));
  if (cents > MOST_CENTS) return undefined;
  return minus ? -cents : cents;
}
