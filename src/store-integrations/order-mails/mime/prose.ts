import { STEP } from '../rules/rules';
import { spoken, type Page } from './page';

const MOST_SENTENCES = 400;

/** The sentences that a page says, progress bars left out: "Ordered · Shipped · Delivered" has not happened. */
export function sentencesOf(page: Page): string[] {
  const lines = page.lines.map(spoken);
  const isStep = page.lines.map((line) =>
    line
      .split('\t')
      .map(spoken)
      .filter(Boolean)
      .every((cell) => STEP.test(cell)),
  );
  const isBar = page.lines.map((_, at) => isStep[at]! && barLength(page.lines, isStep, at) >= 3);
  return lines
    .filter((_, at) => !isBar[at])
    .flatMap((line) => line.split(/(?<=[.!?…])\s+(?=[\p{Lu}\d¡¿"'(])|\s[|•·]\s/u))
    .map((one) => one.trim())
    .filter((one) => /\p{L}/u.test(one))
    .slice(0, MOST_SENTENCES);
}

/** How many steps stand together, in cells or in lines. */
function barLength(lines: string[], isStep: boolean[], at: number): number {
  let from = at;
  while (from > 0 && isStep[from - 1]) from--;
  let count = 0;
  for (let line = from; isStep[line]; line++) count += lines[line]!.split('\t').length;
  return count;
}
