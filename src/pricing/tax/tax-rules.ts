import { allocate } from '../../platform/money';
import { WHOLE_PPM, shareOf } from '../percent';
import type { TaxAssessment, TaxLine, TaxPlace, TaxableSale } from './tax-calculator';

/** A rate as it holds now: of one tax (`name`) in a country, perhaps of one region or one category only. */
export interface TaxRate {
  id: string;
  country: string;
  region: string | null;
  category: string | null;
  name: string;
  ratePpm: number;
  inclusive: boolean;
  /** Whether delivery is taxed too. */
  onDelivery: boolean;
}

interface Part {
  amountCents: number;
  rates: TaxRate[];
}

/**
 * The tax on a sale. Of each tax (name) the most special rate holds: the region's before the country's, the category's
 * before all goods'. Several taxes of different names add up, each on the price without tax. Each is rounded half up once,
 * on the sum of what it is on, and spread over the lines by largest remainder, so the parts always make up the whole.
 * Plain function of its arguments.
 */
export function assessTax({ place, lines, deliveryCents }: TaxableSale, rates: readonly TaxRate[]): TaxAssessment {
  const here = rates.filter((rate) => isAt(rate, place));
  const parts: Part[] = lines.map(({ category, amountCents }) => ({ amountCents, rates: holding(here, category) }));
  parts.push({ amountCents: deliveryCents, rates: holding(here, null).filter((rate) => rate.onDelivery) });

  const taxLines = new Map<string, TaxLine>();
  const included = includedIn(parts, taxLines);
  const added = addedTo(
    parts.map((part, index) => ({ ...part, amountCents: part.amountCents - included[index]! })),
    taxLines,
  );
  return {
    taxLines: [...taxLines.values()],
    addedCents: sum(added),
    includedCents: sum(included),
    lines: lines.map((_, index) => ({ addedCents: added[index]!, includedCents: included[index]! })),
  };
}

/** The tax that each part's price contains. Parts that contain the same taxes are one sum. */
function includedIn(parts: Part[], taxLines: Map<string, TaxLine>): number[] {
  const shares = parts.map(() => 0);
  const groups = grouped(parts, (part) => {
    const inclusive = part.rates.filter((rate) => rate.inclusive);
    return inclusive.length === 0 ? [] : [inclusive];
  });
  for (const { of: inclusive, amounts } of groups) {
    const gross = sum(amounts);
    const together = sum(inclusive.map((rate) => rate.ratePpm));
    const tax = shareOf(gross, together, WHOLE_PPM + together);
    allocate(
      tax,
      inclusive.map((rate) => rate.ratePpm),
    ).forEach((cents, index) => note(taxLines, inclusive[index]!, gross - tax, cents));
    allocate(tax, amounts).forEach((cents, index) => (shares[index]! += cents));
  }
  return shares;
}

/** The tax that comes on top of each part. */
function addedTo(parts: Part[], taxLines: Map<string, TaxLine>): number[] {
  const shares = parts.map(() => 0);
  const groups = grouped(parts, (part) => part.rates.filter((rate) => !rate.inclusive).map((rate) => [rate]));
  for (const { of, amounts } of groups) {
    const rate = of[0]!;
    const tax = shareOf(sum(amounts), rate.ratePpm);
    note(taxLines, rate, sum(amounts), tax);
    allocate(tax, amounts).forEach((cents, index) => (shares[index]! += cents));
  }
  return shares;
}

/** Sets of rates, each with the amount of every part that bears it (zero for the others). */
function grouped(parts: Part[], setsOf: (part: Part) => TaxRate[][]): { of: TaxRate[]; amounts: number[] }[] {
  const groups = new Map<string, { of: TaxRate[]; amounts: number[] }>();
  parts.forEach((part, index) => {
    for (const of of setsOf(part)) {
      const key = of.map((rate) => rate.id).join(' ');
      const group = groups.get(key) ?? { of, amounts: parts.map(() => 0) };
      groups.set(key, group);
      group.amounts[index] = part.amountCents;
    }
  });
  return [...groups.values()].filter((group) => sum(group.amounts) > 0);
}

function note(taxLines: Map<string, TaxLine>, rate: TaxRate, baseCents: number, taxCents: number): void {
  const { id: rateId, name, ratePpm, inclusive } = rate;
  const line = taxLines.get(rateId) ?? { rateId, name, ratePpm, inclusive, baseCents: 0, taxCents: 0 };
  taxLines.set(rateId, { ...line, baseCents: line.baseCents + baseCents, taxCents: line.taxCents + taxCents });
}

function isAt(rate: TaxRate, place: TaxPlace): boolean {
  return rate.country === place.country && (rate.region === null || same(rate.region, place.region));
}

/** Of each tax the rate for goods of this category, exemptions (0 %) left out; in the order of names. */
function holding(here: readonly TaxRate[], category: string | null): TaxRate[] {
  const byName = new Map<string, TaxRate>();
  for (const rate of here) {
    if (rate.category !== null && !same(rate.category, category)) continue;
    const name = rate.name.toLowerCase();
    const other = byName.get(name);
    if (!other || speciality(rate) > speciality(other)) byName.set(name, rate);
  }
  return [...byName.values()].filter((rate) => rate.ratePpm > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function speciality(rate: TaxRate): number {
  return (rate.region === null ? 0 : 2) + (rate.category === null ? 0 : 1);
}

function same(a: string, b: string | null): boolean {
  return b !== null && a.toLowerCase() === b.toLowerCase();
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
