import type { Page } from '../mime/page';
import { orderNumbers } from './order-number';

const MOST = 10;

/** A mail of several orders, cut where each begins; else the page whole. */
export function partsOf(subject: string, page: Page): Page[] {
  const numbers = orderNumbers(subject, page.lines, () => false).filter(
    ({ score, lines }) => score >= 4 && lines.length > 0,
  );
  const alike = numbers.filter(({ number }) => formOf(number) === formOf(numbers[0]!.number));
  if (alike.length < 2 || alike.length > MOST) return [page];
  const starts = alike.map(({ lines }) => lines.at(-1)!).sort((a, b) => a - b);
  const firsts = alike.map(({ lines }) => lines[0]!).sort((a, b) => a - b);
  // A list of numbers at the top is a summary: what belongs to each stands below its last mention.
  const cuts = new Set(firsts.every((line, at) => at === 0 || line - firsts[at - 1]! > 3) ? firsts : starts);
  if (cuts.size < 2) return [page];
  const order = [...cuts].sort((a, b) => a - b);
  return order.map((from, at) => ({ lines: page.lines.slice(from, order[at + 1]), links: page.links }));
}

/** 112-4471 and 113-0098 are numbers of one kind. */
function formOf(number: string): string {
  return number.replace(/\d/g, '9').replace(/[A-Z]/gi, 'A');
}
