import { seen } from '../mime/page';

export interface Labelled {
  /** What stands after the label: in its cell, in the next one, or below it. */
  value: string;
  /** The label with what is around it in its cell. */
  label: string;
  line: number;
}

const BETWEEN = String.raw`(?:\s*(?:[:#–—\-=]|\bis\b|\bes\b|\bist\b|\best\b)+\s*|\s+|$)`;

/** What heads a column, and is no value itself. */
const HEAD =
  /(?:^|\s)(?:date|number|no\.?|total|status|method|address|to|id|fecha|n[uú]mero|estado|direcci[oó]n|m[eé]todo|qty|price|amount)\s*:?$/iu;

/**
 * Every value that follows a label, however the page lays them out. `pattern`: the label, not anchored. `accept`: whether a
 * text can be the value, where it stands beside the label in a table or below it.
 */
export function labelled(lines: string[], pattern: string, accept = (value: string) => !HEAD.test(value)): Labelled[] {
  const inCell = new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})${BETWEEN}`, 'iu');
  const whole = new RegExp(`^[^\\p{L}\\p{N}]*(?:${pattern})[^\\p{L}\\p{N}]*$`, 'iu');
  const found: Labelled[] = [];
  lines.forEach((raw, line) => {
    const cells = seen(raw).split('\t');
    cells.forEach((cell, at) => {
      const match = inCell.exec(cell);
      if (!match) return;
      const rest = cell.slice(match.index + match[0].length).trim();
      const isLong = rest.length > 25 || /\d/.test(rest);
      if (rest && !whole.test(cell) && (isLong || accept(rest))) {
        found.push({ value: rest, label: cell.slice(0, match.index + match[0].length), line });
        return;
      }
      const below = seen(lines[line + 1] ?? '').split('\t');
      const near = [cells[at + 1], below.length === cells.length ? below[at] : below[0]];
      const value = near.find((one) => one !== undefined && one !== '' && accept(one));
      if (value) found.push({ value, label: cell, line });
    });
  });
  return found;
}
