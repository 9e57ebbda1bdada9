import { WORDS, label } from '../rules/rules';
import { labelled } from './labelled';
import { centsOf, priceIn, type MoneyHabits, type Price } from './money';

export interface FoundAmount extends Price {
  excerpt: string;
}

const NOT_TOTAL = new RegExp(`(?<![\\p{L}])(?:${label('notTotal')})`, 'iu');
const BARE = /^\D{0,3}(\d{1,3}(?:[.,' ]\d{3})*[.,]\d{2})\b/;

/** What was paid for all: by the surest name it is called, of equals the last, where sums stand. */
export function totalOf(lines: string[], habits: MoneyHabits, currency: string | null): FoundAmount | null {
  for (const [rank, pattern] of WORDS.labels.totals.entries()) {
    const found = labelled(lines, pattern, (value) => amountIn(value, habits, currency) !== null).flatMap(
      ({ value, label, line }) => {
        // "Total" alone has to begin its cell: "Item total", "in total" are others.
        if (rank > 0 && !new RegExp(`^[^\\p{L}]*(?:${pattern})[^\\p{L}]*$`, 'iu').test(label)) return [];
        if (NOT_TOTAL.test(label) && !/order total|grand total|total (?:pagado|con iva)/i.test(label)) return [];
        const amount = amountIn(value, habits, currency);
        return amount && !/^\s*(?:off|savings?|discount)/i.test(value)
          ? [{ ...amount, excerpt: `${label} ${value}`, line }]
          : [];
      },
    );
    const best = found.filter(({ cents }) => cents > 0).at(-1) ?? found.at(-1);
    if (best) return { cents: best.cents, currency: best.currency, excerpt: best.excerpt };
  }
  return null;
}

/** What is given back: the largest that is called so, because the parts are told before the whole. */
export function refundOf(
  lines: string[],
  sentences: string[],
  habits: MoneyHabits,
  currency: string | null,
): FoundAmount | null {
  const pattern = label('refund');
  const inCells = labelled(lines, pattern, (value) => amountIn(value, habits, currency) !== null).map(
    ({ value, label }) => ({
      text: value.slice(0, 60),
      excerpt: `${label} ${value}`,
    }),
  );
  const said = sentences
    .filter((one) =>
      /refund|reembols|credit(?! card)|abon|devuelto|volver[aá]|reintegr|erstatt|rembours|devoluci/iu.test(one),
    )
    .map((one) => ({ text: one, excerpt: one }));
  const read = (all: { text: string; excerpt: string }[]) =>
    all.flatMap(({ text, excerpt }) => {
      const amount = amountIn(text, habits, currency);
      return amount ? [{ ...amount, excerpt }] : [];
    });
  const found = [...read(inCells), ...read(said)];
  return found.sort((a, b) => b.cents - a.cents)[0] ?? null;
}

/** The currency that most of the amounts are in. */
export function currencyOf(lines: string[], habits: MoneyHabits): string | null {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const price = priceIn(line, habits);
    if (price) counts.set(price.currency, (counts.get(price.currency) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

function amountIn(text: string, habits: MoneyHabits, currency: string | null): Price | null {
  const price = priceIn(text, habits);
  if (price) return { cents: price.cents, currency: price.currency };
  const bare = currency && BARE.exec(text)?.[1];
  const cents = bare ? centsOf(bare, currency) : null;
  return cents === null ? null : { cents, currency: currency! };
}
