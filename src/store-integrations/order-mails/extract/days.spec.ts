import { daysIn } from './days';

// A Wednesday.
const TODAY = '2026-11-18';
const read = (text: string, dayFirst = false) =>
  daysIn(text, { today: TODAY, dayFirst }).map(({ from, to }) => (from === to ? from : `${from}..${to}`));

it.each([
  ['Mon, Nov 16', ['2026-11-16']],
  ['Wednesday, November 25 - Monday, November 30', ['2026-11-25..2026-11-30']],
  ['Tue, 11/17 – Wed, 11/18', ['2026-11-17..2026-11-18']],
  ['Nov 16-20', ['2026-11-16..2026-11-20']],
  ['Entre el 19 y el 21 de noviembre', ['2026-11-19..2026-11-21']],
  ['el martes 24 o el miércoles 25 de noviembre', ['2026-11-24..2026-11-25']],
  ['lun, 23.11. – mar, 24.11.', ['2026-11-23..2026-11-24']],
  ['24. Dezember', ['2026-12-24']],
  ['le 3 décembre 2026', ['2026-12-03']],
  ['Jan 3', ['2027-01-03']],
  ['tomorrow', ['2026-11-19']],
  ['mañana', ['2026-11-19']],
  ['Thursday', ['2026-11-19']],
  ['Wednesday', ['2026-11-25']],
  ['3-5 business days', ['2026-11-23..2026-11-25']],
  ['open 24/7', []],
  ['February 31', []],
])('reads the days of %s', (text, expected) => expect(read(text)).toEqual(expected));

it('reads 3/4 as the mail’s land writes it, and what cannot be a month as a day', () => {
  expect(read('03/12/2026')).toEqual(['2026-03-12']);
  expect(read('03/12/2026', true)).toEqual(['2026-12-03']);
  expect(read('17/11/2026')).toEqual(['2026-11-17']);
});
