import { seen } from '../mime/page';

export interface Labelled {
  /** What stands after the label: in its cell, in the next one, or below it. */
  value: string;
  /** The label with what is around it in its cell. */
  label: string;
  line: number;
}

const BETWEEN = String.raw`(?:\s*(?:[:#–—\-=]|\bis\b|\bes\b|\bist\b|\best\b)+\s*|\s+|$)`;

/** Every value that follows a label, however the page lays them out. `pattern`: the label, not anchored. */
export function labelled(lines: string[], pattern: string): Labelled[] {
  const inCell = new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})${BETWEEN}`, 'iu');
  const whole = new RegExp(`^[^\\p{L}\\p{N}]*(?:${pattern})[^\\p{L}\\p{N}]*$`, 'iu');
  const found: Labelled[] = [];
  lines.forEach((raw, line) => {
    const cells = seen(raw).split('\t');
    cells.forEach((cell, at) => {
      const match = inCell.exec(cell);
      if (!match) return;
      const rest = cell.slice(match.index + match[0].length).trim();
      if (rest && !whole.test(cell))
        return void found.push({ value: rest, label: cell.slice(0, match.index + match[0].length), line });
      const beside = cells[at + 1];
      const below = seen(lines[line + 1] ?? '').split('\t');
      // In a row of headings the value stands below its own.
      const isHeading = cells.length > 1 && below.length === cells.length && !/\d/.test(raw);
      const value = isHeading ? below[at]! : (beside ?? below[0]!);
      if (value) found.push({ value, label: cell, line });
    });
  });
  return found;
}
