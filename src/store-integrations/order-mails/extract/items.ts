import type { MailFinding } from '../finding';
import { ALT, seen, spoken, type Page } from '../mime/page';
import { label } from '../rules/rules';
import { bestName, isName } from './item-name';
import { isPrice, priceIn, pricesIn, type MoneyHabits } from './money';
import { quantityIn } from './quantity';

type Item = MailFinding['items'][number];
/** An item while it is read; `shown`: the amount beside it, of one or of all. */
interface Reading {
  name: string;
  quantity: number;
  shown: number | null;
  isEach: boolean;
  line: number;
}

const MOST_ITEMS = 60;
const MOST_NAME = 160;
const STOP = new RegExp(label('stopItems'), 'iu');
const SUMMARY = new RegExp(`^[^\\p{L}]*(?:${label('summary')})(?![\\p{L}])`, 'iu');
const HEADING = {
  item: new RegExp(
    `^(?:${label('item')})(?: ?(?:name|details|ordered|description))?$|^(?:order(?:ed)? )?items?$`,
    'iu',
  ),
  quantity: new RegExp(`^(?:${label('quantity')})[.:]?$`, 'iu'),
  price: new RegExp(`^(?:${label('price')})[.:]?$`, 'iu'),
};

/** What was bought: by a table with headings, by quantities, or by names beside prices. */
export function itemsOf(subject: string, page: Page, habits: MoneyHabits): Item[] {
  const end = page.lines.findIndex((line, at) => at > 2 && STOP.test(spoken(line)));
  const lines = end < 0 ? page.lines : page.lines.slice(0, end);
  const linked = new Set(page.links.map(({ text }) => text.toLowerCase()).filter((text) => text.length > 3));
  const pictured = new Set(
    lines.flatMap((line) =>
      [...line.matchAll(/\uE001([^\uE002]+)\uE002/g)]
        .map((alt) => alt[1]!.trim().toLowerCase())
        .filter((alt) => alt.includes(' ')),
    ),
  );
  const isNamed = (name: string) =>
    (linked.has(name.toLowerCase()) ? 3 : 0) + (pictured.has(name.toLowerCase()) ? 4 : 0);
  const readings = [
    () => byHeadings(lines, habits),
    () => byQuantity(lines, habits, isNamed),
    () => byPrice(lines, habits, isNamed),
    () => bySubject(subject, lines),
  ];
  for (const read of readings) {
    const items = once(read());
    if (items.length > 0) return priced(items, lines, habits).slice(0, MOST_ITEMS);
  }
  return [];
}

function byHeadings(lines: string[], habits: MoneyHabits): Reading[] {
  for (const [at, line] of lines.entries()) {
    const heads = seen(line).split('\t');
    const column = heads.findIndex((cell) => HEADING.item.test(cell));
    const quantity = heads.findIndex((cell) => HEADING.quantity.test(cell));
    const price = heads.findIndex((cell) => HEADING.price.test(cell));
    if (heads.length < 2 || column < 0 || (quantity < 0 && price < 0)) continue;
    const items: Reading[] = [];
    for (const [below, row] of lines.slice(at + 1).entries()) {
      const cells = seen(row).split('\t');
      if (SUMMARY.test(cells[0]!) && (items.length > 0 || cells.length < heads.length)) break;
      if (cells.length < heads.length) continue;
      const shift = cells.length - heads.length;
      const name = cells[column + (column > 0 ? shift : 0)]!;
      const count = quantity < 0 ? 1 : Number(/\d{1,4}/.exec(cells[quantity + shift] ?? '')?.[0] ?? Number.NaN);
      const amount = price < 0 ? null : priceIn(cells[price + shift] ?? '', habits);
      const isEach = price >= 0 && /unit|each|precio|price$/iu.test(heads[price]!);
      if (!isName(name) || !(count > 0)) continue;
      items.push({ ...{ name, quantity: count, shown: amount?.cents ?? null, isEach }, line: at + 1 + below });
    }
    if (items.length > 0) return items;
  }
  return [];
}

function byQuantity(lines: string[], habits: MoneyHabits, isNamed: (name: string) => number): Reading[] {
  const items: Reading[] = [];
  let from = 0;
  for (const [at, line] of lines.entries()) {
    const cells = seen(line).split('\t');
    const marks = cells.map((cell) => quantityIn(cell));
    const mark = marks.find((one) => one !== null);
    if (!mark || SUMMARY.test(cells[0]!)) continue;
    const others = cells.filter((cell, i) => marks[i] === null && isName(cell) && !isPrice(cell, habits));
    const inLine = mark.name ? [withoutPrices(mark.name, habits)] : others;
    const above = lines.slice(Math.max(from, at - 8), at).filter((one) => !/\uE001/.test(one) || seen(one));
    const name = inLine.find(isName) ?? bestName(above.map(seen), habits, isNamed);
    if (!name) continue;
    const shown =
      shownIn([line, ...lines.slice(at + 1, at + 4)], habits) ??
      (above.length > 0 && !mark.name ? shownIn(above.slice(-2), habits) : null);
    items.push({
      ...{ name, quantity: mark.quantity, line: at },
      ...{ shown: shown?.cents ?? null, isEach: shown?.isEach ?? false },
    });
    from = at + 1;
  }
  return items;
}

/** A name with a price beside or below it, above the sums. */
function byPrice(lines: string[], habits: MoneyHabits, isNamed: (name: string) => number): Reading[] {
  const sums = lines.findIndex(
    (line, at) =>
      at > 1 &&
      /^[^\p{L}]*(?:sub-?total|(?:order |grand )?total\b|item total|merchandise|importe)/iu.test(spoken(line)) &&
      lines.slice(0, at).some((one) => priceIn(one, habits)),
  );
  if (sums < 0) return [];
  const items: Reading[] = [];
  let from = 0;
  for (const [at, line] of lines.slice(0, sums).entries()) {
    const cells = seen(line).split('\t');
    const price = priceIn(cells.at(-1)!, habits);
    if (!price || price.isNegative || SUMMARY.test(cells[0]!)) continue;
    const inCell = withoutPrices(cells.at(-1)!, habits);
    const beside =
      cells.slice(0, -1).find((cell) => isName(cell)) ?? (isName(inCell) && cells.length === 1 ? inCell : undefined);
    const isAlone = isPrice(cells.at(-1)!, habits) || /\b(?:each|ea\.?|c\/u)\b/i.test(cells.at(-1)!);
    const above = isAlone ? bestName(lines.slice(Math.max(from, at - 4), at).map(seen), habits, isNamed) : null;
    const name = beside ?? above;
    if (name) items.push({ ...{ name, quantity: 1, shown: price.cents, isEach: true }, line: at });
    from = at + 1;
  }
  return items;
}

/** Many a subject names the first of the goods; the mail then says it in full. */
function bySubject(subject: string, lines: string[]): Reading[] {
  const quoted =
    /"([^"]{4,120}?)(?:\.{3}|…)?"/u.exec(subject)?.[1] ?? /:\s*([^:]{4,120}?)(?:\.{3}|…)?$/u.exec(subject)?.[1];
  if (!quoted || !isName(quoted)) return [];
  const start = quoted.toLowerCase();
  const at = lines.findIndex((line) => seen(line).toLowerCase().startsWith(start));
  return at < 0
    ? []
    : [{ ...{ name: seen(lines[at]!).split('\t')[0]!, quantity: 1, shown: null, isEach: false }, line: at }];
}

function shownIn(lines: string[], habits: MoneyHabits): { cents: number; isEach: boolean } | null {
  for (const [at, line] of lines.entries()) {
    const cells = seen(line).split('\t');
    if (at > 0 && (SUMMARY.test(cells[0]!) || quantityIn(cells[0]!))) return null;
    const prices = cells.flatMap((cell) => pricesIn(cell, habits).map((price) => ({ ...price, cell })));
    // What is crossed out stands first, what is paid last.
    const price = prices.at(-1);
    if (price) return { cents: price.cents, isEach: /\b(?:each|ea\.?|c\/u|unit)\b|\/ ?ea/iu.test(price.cell) };
    if (at > 0 && isName(cells[0]!) && cells[0]!.split(' ').length > 4) return null;
  }
  return null;
}

/** Of one piece: what is shown may be of all of them, and only a sum that fits tells which. */
function priced(items: Reading[], lines: string[], habits: MoneyHabits): Item[] {
  const sum = (of: (one: Reading) => number) => items.reduce((total, one) => total + of(one), 0);
  const amounts = new Set(lines.flatMap((line) => pricesIn(line, habits).map(({ cents }) => cents)));
  const asEach = amounts.has(sum(({ shown, quantity }) => (shown ?? 0) * quantity));
  const asAll = amounts.has(sum(({ shown }) => shown ?? 0));
  return items.map(({ name, quantity, shown, isEach }) => {
    const isOfOne = quantity === 1 || isEach || (asEach && !asAll);
    const each = shown === null ? null : isOfOne ? shown : asAll && shown % quantity === 0 ? shown / quantity : null;
    return { name: name.slice(0, MOST_NAME), quantity, unitPriceCents: each };
  });
}

function withoutPrices(text: string, habits: MoneyHabits): string {
  const price = priceIn(text, habits);
  return (price ? text.slice(0, price.index) + text.slice(price.index + price.length) : text)
    .replace(/[\s:|@–—-]+$/u, '')
    .replace(new RegExp(`[${ALT.begin}${ALT.end}]`, 'g'), '')
    .trim();
}

function once(items: Reading[]): Reading[] {
  const seenOnes = new Set<string>();
  return items.filter(({ name, quantity, shown, line }) => {
    const key = `${name.toLowerCase()}|${quantity}|${shown}`;
    const isNew = !seenOnes.has(key) || line < 0;
    seenOnes.add(key);
    return isNew;
  });
}
