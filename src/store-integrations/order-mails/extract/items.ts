import type { MailFinding } from '../finding';
import { ALT, seen, spoken, type Page } from '../mime/page';
import { label } from '../rules/rules';
import { candidatesIn, isAttribute, isName, namesOf, type Candidate } from './item-name';
import { isPrice, priceIn, pricesIn, type MoneyHabits } from './money';
import { quantityIn, type Quantity } from './quantity';

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
  quantity: new RegExp(`^(?:${label('quantity')})(?: ?(?:shipped|ordered|sent|enviad[oa]s?|pedid[oa]s?))?[.:]?$`, 'iu'),
  price: new RegExp(`^(?:${label('price')})[.:]?$`, 'iu'),
};

/** What was bought: by a table with headings, by quantities, or by names beside prices. */
export function itemsOf(subject: string, page: Page, habits: MoneyHabits): Item[] {
  const end = page.lines.findIndex((line, at) => at > 2 && STOP.test(spoken(line)));
  const lines = withLabels(end < 0 ? page.lines : page.lines.slice(0, end));
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
  const tables = once(byHeadings(lines, habits));
  const counted = once(byQuantity(lines, habits, isNamed));
  // A table whose rows are broken by long cells shows some of them only to the second.
  if (tables.length + counted.length > 0) {
    const best =
      counted.length > tables.length
        ? counted
        : withSingles(tables.length > 0 ? tables : counted, byPrice(lines, habits, isNamed), lines, habits);
    return priced(best, lines, habits).slice(0, MOST_ITEMS);
  }
  const readings = [
    () => inSentences(lines),
    () => byPrice(lines, habits, isNamed),
    () => bySubject(subject, lines),
    () => listed(lines, habits),
  ];
  for (const read of readings) {
    const items = once(read());
    if (items.length > 0) return priced(items, lines, habits).slice(0, MOST_ITEMS);
  }
  return [];
}

const LIST =
  /^[^\p{L}]*(?:(?:the )?items? (?:in|from|on) (?:this|your|the) .*|(?:in|inside) (?:this|your|the) (?:package|parcel|shipment|box|order|delivery|tube|envelope)|what's (?:in|inside|on|coming|shipping|arriving).*|what you (?:ordered|bought|got).*|your items?|items? (?:shipped|sent|delivered|ordered|refunded|cancell?ed|returned|dispatched)|(?:shipped|cancell?ed|refunded|returned|delivered|dispatched) items?|contents?|(?:package|shipment|order) contents?|contenido(?: .*)?|(?:tus |los )?(?:art[ií]culos|productos)(?: .*)?|en este (?:paquete|env[ií]o)|(?:diese|ihre|deine) artikel|vos articles)\s*:?$/iu;

/** What is listed under "In this package:" without a number is one of each. */
function listed(lines: string[], habits: MoneyHabits): Reading[] {
  const start = lines.findIndex((line) => LIST.test(spoken(line)));
  if (start < 0) return [];
  const items: Reading[] = [];
  for (const [at, line] of lines.slice(start + 1, start + 40).entries()) {
    const [block] = [candidatesIn([seen(line)], habits, () => 0)];
    const name = block[0]?.cell.replace(/^[-*•·]\s*/, '');
    const isGoods = name !== undefined && block[0]!.score > 0.5;
    if (!isGoods && SUMMARY.test(seen(line))) break;
    if (!isGoods && items.length > 0 && !seen(line).match(/^\P{L}*\p{L}{0,12}\s*[:#]/u)) break;
    if (isGoods) items.push({ ...{ name, quantity: 1, shown: null, isEach: false }, line: start + 1 + at });
  }
  return items.length <= 12 ? items : [];
}

/** "Qty" over "1", or "Qty | Price" over "1 | $20": label and value in one cell, as others write them. */
function withLabels(lines: string[]): string[] {
  return lines.flatMap((line, at) => {
    const [heads, values] = [seen(line).split('\t'), seen(lines[at + 1] ?? '').split('\t')];
    const before = seen(lines[at - 1] ?? '').split('\t');
    const isValue = isLabels(before) && before.length === heads.length && isValues(heads);
    if (isValue) return [];
    const isLabel = isLabels(heads) && heads.length === values.length && isValues(values);
    return isLabel ? [heads.map((head, i) => `${head.replace(/:$/, '')}: ${values[i]}`).join('\t')] : [line];
  });
}

function isLabels(cells: string[]): boolean {
  return (
    cells.some((cell) => HEADING.quantity.test(cell)) &&
    !cells.some((cell) => HEADING.item.test(cell)) &&
    cells.every((cell) => cell.length < 20 && !/\d/.test(cell))
  );
}

function isValues(cells: string[]): boolean {
  return cells.every((cell) => cell.length < 20) && cells.some((cell) => /^\d{1,3}$/.test(cell));
}

/** Goods of which there is one often have no quantity: they are added if, with them, the prices make a sum in the mail. */
function withSingles(items: Reading[], singles: Reading[], lines: string[], habits: MoneyHabits): Reading[] {
  const isApart = (one: Reading) => items.every(({ line, name }) => Math.abs(line - one.line) > 3 && name !== one.name);
  const more = singles.filter(isApart);
  const all = [...items, ...more];
  if (more.length === 0 || all.some(({ shown }) => shown === null)) return items;
  const amounts = new Set(lines.flatMap((line) => pricesIn(line, habits).map(({ cents }) => cents)));
  const sum = (of: (one: Reading) => number) => all.reduce((total, one) => total + of(one), 0);
  const fits = amounts.has(sum(({ shown }) => shown!)) || amounts.has(sum(({ shown, quantity }) => shown! * quantity));
  return fits ? all.sort((a, b) => a.line - b.line) : items;
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
      const cell = bareName(cells[column + (column > 0 ? shift : 0)]!);
      const inName = quantity < 0 ? quantityIn(cell) : null;
      const name = inName?.name ?? cell;
      const count =
        quantity < 0
          ? (inName?.quantity ?? 1)
          : Number(/\d{1,4}/.exec(cells[quantity + shift] ?? '')?.[0] ?? Number.NaN);
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
  const items: Unnamed[] = [];
  // Under a heading for it, a number alone is one.
  const isHeaded = lines.some((line) =>
    seen(line)
      .split('\t')
      .some((cell) => HEADING.quantity.test(cell)),
  );
  const all = lines.map((line, at) => {
    const cells = cellsOf(line);
    return {
      cells,
      marks: cells.map(
        (cell, i) => quantityIn(cell) ?? bareQuantity(cells, i, { below: lines[at + 1], isHeaded }, habits),
      ),
    };
  });
  const isSure = all.some(({ marks }) => marks.some((mark) => mark?.isWeak === false));
  let from = 0;
  for (const [at, line] of lines.entries()) {
    const { cells } = all[at]!;
    const marks = all[at]!.marks.map((mark) => (mark?.isWeak && isSure ? null : mark));
    // "x2" in a cell of its own is surer than what looks like it in a name.
    const mark = marks.find((one) => one?.name === null) ?? marks.find((one) => one !== null);
    if (!mark || SUMMARY.test(cells[0]!)) continue;
    const others = cells.filter((cell, i) => marks[i] === null && isName(cell) && !isPrice(cell, habits));
    const inLine = mark.name && !isSort(mark) ? [withoutPrices(mark.name, habits)] : others;
    const above = lines.slice(Math.max(from, at - 8), at).map(seen);
    const named = inLine.find(isName);
    const block = named ? [] : candidatesIn(above, habits, isNamed);
    if (!named && block.length === 0) continue;
    const shown =
      shownIn([line, ...lines.slice(at + 1, at + 4)], habits) ??
      (above.length > 0 && (!mark.name || isSort(mark)) ? shownIn(above.slice(-2), habits) : null);
    const { cents = null, isEach = false } = shown ?? {};
    items.push({ named, block, reading: { quantity: mark.quantity, line: at, shown: cents, isEach } });
    from = at + 1;
  }
  return named(items);
}

const isSort = ({ name, isWorded }: Quantity): boolean => name !== null && isWorded === true && isAttribute(name);

/** Something whose name is still to be chosen. */
interface Unnamed {
  named?: string;
  block: Candidate[];
  reading: Omit<Reading, 'name'>;
}

/** Without the bullet before it and what was added behind: a code, who carries it. */
function bareName(name: string): string {
  return name
    .replace(/^[-*•·]\s*/, '')
    .replace(/\s*\(#[\w-]+\)$/, '')
    .replace(/\s[–—-]\s\p{Lu}[\p{L} ]{1,20}\s?[A-Z0-9]{9,40}$/u, '');
}

function named(items: Unnamed[]): Reading[] {
  const open = items.filter((one) => one.named === undefined);
  const names = namesOf(open.map(({ block }) => block));
  return items.flatMap((one) => {
    const name = one.named ?? names[open.indexOf(one)];
    return name ? [{ ...one.reading, name: bareName(name) }] : [];
  });
}

const ITEM_LABEL = new RegExp(`^[^\\p{L}]*${label('item')}\\s*:\\s*(?=\\p{L})`, 'iu');

/** The row "Quantity | 1" says what "Quantity: 1" says. */
function cellsOf(line: string): string[] {
  const cells = seen(line).split('\t');
  if (cells.length === 2 && HEADING.quantity.test(cells[0]!)) return [`${cells[0]}: ${cells[1]}`];
  return cells.map((cell) => cell.replace(ITEM_LABEL, ''));
}

/** A small number alone: beside a name, or above its price. */
function bareQuantity(
  cells: string[],
  at: number,
  { below, isHeaded }: { below: string | undefined; isHeaded: boolean },
  habits: MoneyHabits,
): Quantity | null {
  const number = /^\d{1,2}$/.test(cells[at]!) ? Number(cells[at]) : 0;
  if (number < 1) return null;
  const isBesideName =
    at > 0 &&
    isName(cells[0]!) &&
    !cells[0]!.endsWith(':') &&
    (cells.length === 2 || isPrice(cells[at + 1] ?? '', habits));
  const isAbovePrice = cells.length === 1 && (isHeaded || (below !== undefined && isPrice(seen(below), habits)));
  const isBeforeName = at === 0 && isName(cells[1] ?? '') && (isHeaded || isPrice(cells.at(-1)!, habits));
  return isBesideName || isBeforeName || isAbovePrice ? { quantity: number, name: null, isWeak: false } : null;
}

/** "2 x Large Wrap in Meadow print and 1 x Sandwich Wrap." */
function inSentences(lines: string[]): Reading[] {
  return lines.flatMap((line, at) =>
    [
      ...seen(line).matchAll(
        /(?<![\p{L}\d])(\d{1,2}) ?[x×] (\p{L}[^,.;!?\t]{2,80}?)(?=,? (?:and|y|und|et|plus) \d|[,.;!?\t]|$)/giu,
      ),
    ].map((match) => ({
      ...{ name: match[2]!.trim(), quantity: Number(match[1]), shown: null, isEach: false, line: at },
    })),
  );
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
  const items: Unnamed[] = [];
  let from = 0;
  for (const [at, line] of lines.slice(0, sums).entries()) {
    const cells = seen(line).split('\t');
    const price = priceIn(cells.at(-1)!, habits);
    if (!price || price.isNegative || SUMMARY.test(cells[0]!)) continue;
    const inCell = withoutPrices(cells.at(-1)!, habits);
    const beside =
      cells.slice(0, -1).find((cell) => isName(cell)) ?? (isName(inCell) && cells.length === 1 ? inCell : undefined);
    const isAlone = isPrice(cells.at(-1)!, habits) || /\b(?:each|ea\.?|c\/u)\b/i.test(cells.at(-1)!);
    const block =
      beside || !isAlone ? [] : candidatesIn(lines.slice(Math.max(from, at - 4), at).map(seen), habits, isNamed);
    if (beside || block.length > 0)
      items.push({ named: beside, block, reading: { quantity: 1, shown: price.cents, isEach: true, line: at } });
    from = at + 1;
  }
  return named(items);
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
