const NUMBER = /^-?\d+(\.\d+)?$/;
/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** One cell (RFC 4180). A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers do not. */
export function csvCell(value: string): string {
  const safe = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Minor units as a decimal number of the currency: 950 of USD is 9.50. */
export function decimal(amountCents: number, digits: number): string {
  const sign = amountCents < 0 ? '-' : '';
  const figures = String(Math.abs(amountCents)).padStart(digits + 1, '0');
  return digits === 0 ? `${sign}${figures}` : `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}
