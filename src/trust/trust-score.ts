/** Somebody whom a store or a buyer has verified sales with, as far as the score looks at them. */
export interface Counterparty {
  /** Guests may be anybody, any number of times; a sealed order's buyer is a user whose name nobody knows. */
  kind: 'user' | 'sealed' | 'guest';
  /** Verified sales with them, and of how many the timer spoke for them. */
  sales: number;
  silentSales: number;
  /** What these sales were worth in all, in US cents. */
  valueCents: number;
  /** Days since the newest of them. */
  newestDays: number;
  /** The mean of the ratings that they gave and that are shown, 1 to 5; null: none. */
  stars: number | null;
  /** It is the one who is scored, on the other side. */
  isSelf: boolean;
  /** They buy from each other. */
  isMutual: boolean;
  /**
   * Of one who sells, too: how many others they have verified sales with, and how many of those deal with the one who is
   * scored. Who only buys goes where others go, and is in nobody's circle for that: 0.
   */
  others: number;
  sharedOthers: number;
}

/** Somebody with a report that was upheld. */
export interface Reporter {
  /** With how many different people they have verified sales themselves. */
  dealings: number;
  /** Days since the newest decision for them. */
  decidedDays: number;
}

export interface TrustFacts {
  counterparties: Counterparty[];
  reporters: Reporter[];
}

export const TERM_CODES = [
  ...(['start', 'different_counterparties', 'guests', 'value', 'age', 'silent', 'own_circle'] as const),
  ...(['ratings', 'upheld_reports'] as const),
] as const;
export type TermCode = (typeof TERM_CODES)[number];

/** One step of the way to the score: what was looked at (`value`) and what it adds or takes, in points. */
export interface TrustTerm {
  code: TermCode;
  value: number;
  points: number;
  text: string;
}

export interface TrustScore {
  /** 0 to 100; 50 is where everybody begins. */
  score: number;
  /** How much is known, 0 to 100: how far verified sales outweigh the beginning. */
  evidence: number;
  /** In the order in which they were reckoned; their points add up to the score. */
  terms: TrustTerm[];
}

/** Where everybody begins, and against how much evidence that holds out (Bayesian prior). */
const START = 50;
const PRIOR = 10;
/** With so many different counterparties, each of them weighs half of what it may: a handful of friends proves little. */
const HALF_DIVERSITY = 25;
/** Points for verified sales that nobody complains of, where evidence is without end; a good or bad rating moves on from there. */
const FOR_SALES = 25;
/** A sale without a rating is taken for four of five stars. */
const NEUTRAL = 0.75;
/** What a counterparty bought counts up to this: no single sale, and no number of sales to one, buys trust. */
export const VALUE_CAP_CENTS = 2_500;
const HALF_LIFE_DAYS = 365;
const KINDS: Record<Counterparty['kind'], number> = { user: 1, sealed: 1, guest: 0.25 };
/** All guests together weigh no more than this and everybody else. */
const GUESTS_TOGETHER = 5;
/** Who has said nothing agrees, but not loudly. */
const SILENT = 0.5;
/** A reporter with so many dealings counts half: newcomers count little, however many come. */
const HALF_STANDING = 7;
/** Sales to one counterparty that an upheld report is measured against. */
const SALES_TO_ONE = 5;

const decay = (days: number): number => 2 ** (-Math.max(0, days) / HALF_LIFE_DAYS);

/** Whether a counterparty stands outside of the scored one's own circle: 1 wholly, 0 not at all. */
export function independence({ isSelf, isMutual, others, sharedOthers }: Counterparty): number {
  if (isSelf || isMutual) return 0;
  return (1 - sharedOthers / (others + 1)) ** 2;
}

type Factor = (counterparty: Counterparty) => number;
const FACTORS: [TermCode, Factor][] = [
  ['guests', ({ kind }) => KINDS[kind]],
  ['value', ({ valueCents }) => Math.sqrt(Math.min(Math.max(valueCents, 0), VALUE_CAP_CENTS) / VALUE_CAP_CENTS)],
  ['age', ({ newestDays }) => decay(newestDays)],
  ['silent', ({ sales, silentSales }) => 1 - (1 - SILENT) * (silentSales / Math.max(1, sales))],
  ['own_circle', independence],
];

/** What each counterparty weighs by these factors, 0 to 1. */
function weightsOf(counterparties: Counterparty[], factors: Factor[]): number[] {
  const weights = counterparties.map((one) => factors.reduce((weight, factor) => weight * factor(one), 1));
  const isGuest = counterparties.map(({ kind }) => kind === 'guest');
  const guests = sum(weights.filter((_, index) => isGuest[index]));
  const room = GUESTS_TOGETHER + sum(weights.filter((_, index) => !isGuest[index]));
  return guests <= room
    ? weights
    : weights.map((weight, index) => (isGuest[index] ? (weight * room) / guests : weight));
}

/** How far so many different counterparties outweigh the beginning, 0 to 1: slowly at first, then ever closer. */
function strength(different: number): number {
  const weight = different ** 2 / (different + HALF_DIVERSITY);
  return weight / (PRIOR + weight);
}

/**
 * The trust score: a plain function of verified sales, shown ratings and upheld reports, told term by term.
 * Guarantees: 0 to 100; the terms add up to it; it does not mind the order of its facts; a counterparty counts once,
 * however much it buys; older sales count less; guests, silence and one's own circle count less; an upheld report never
 * raises it, and newcomers' reports move a seller of a hundred verified sales by less than five points, twenty at once.
 * Limit: accounts that only buy look like customers; what a handful of them adds is little.
 */
export function trustScore({ counterparties, reporters }: TrustFacts, of: 'store' | 'buyer' = 'store'): TrustScore {
  const terms: TrustTerm[] = [];
  let [exact, told] = [0, 0];
  // Told are whole points: each step is the difference of two rounded places, so that they add up.
  const tell = (code: TermCode, value: number, to: number): void => {
    const points = Math.round(to) - told;
    [exact, told] = [to, told + points];
    terms.push({ code, value, points, text: WORDS[code](value, of) });
  };
  tell('start', START, START);

  const afterSales = (weights: number[]) => START + FOR_SALES * strength(sum(weights));
  tell('different_counterparties', counterparties.length, afterSales(counterparties.map(() => 1)));
  const factors: Factor[] = [];
  let weights: number[] = [];
  for (const [code, factor] of FACTORS) {
    factors.push(factor);
    weights = weightsOf(counterparties, factors);
    const touched = counterparties.filter((one) => factor(one) < 0.95).length;
    if (touched > 0 || Math.round(afterSales(weights)) !== told) tell(code, touched, afterSales(weights));
  }
  exact = afterSales(weights);

  const rated = counterparties.flatMap(({ stars }, index) =>
    stars === null ? [] : [{ quality: (stars - 1) / 4, stars, weight: weights[index]! }],
  );
  const heard = sum(rated.map(({ weight }) => weight));
  if (rated.length > 0) {
    const mean = heard === 0 ? NEUTRAL : sum(rated.map(({ quality, weight }) => quality * weight)) / heard;
    const shown = sum(rated.map(({ stars }) => stars)) / rated.length;
    tell('ratings', Math.round(shown * 10) / 10, exact + 100 * (mean - NEUTRAL) * strength(heard));
  }
  if (reporters.length > 0)
    tell('upheld_reports', reporters.length, exact * (1 - reportShare(counterparties, reporters)));
  return { score: Math.min(100, Math.max(0, told)), evidence: Math.round(100 * strength(sum(weights))), terms };
}

/** How much upheld reports weigh against the sales that were made, 0 to 1. */
function reportShare(counterparties: Counterparty[], reporters: Reporter[]): number {
  const mass = sum(
    reporters.map(({ dealings, decidedDays }) => {
      const known = Math.max(1, dealings);
      return (known / (known + HALF_STANDING)) * decay(decidedDays);
    }),
  );
  const sold = sum(
    counterparties.map((one) => {
      const sales = Math.min(one.sales, SALES_TO_ONE) * Math.max(0.5, KINDS[one.kind]);
      return sales * decay(one.newestDays) * independence(one);
    }),
  );
  return mass / (mass + sold + 1);
}

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;
const ofThem = (count: number) => many(count, 'of them', 'of them');
const other = (count: number, of: 'store' | 'buyer') =>
  of === 'store' ? many(count, 'buyer') : many(count, 'merchant');

/** What each term says to people. */
const WORDS: Record<TermCode, (value: number, of: 'store' | 'buyer') => string> = {
  start: () => 'Everybody begins in the middle, at 50 points.',
  different_counterparties: (value, of) =>
    value === 0
      ? 'There are no verified sales yet.'
      : `Verified sales with ${other(value, of)}: each counts once, and more of them count more.`,
  guests: (value) =>
    `${many(value, 'of them was a guest', 'of them were guests')}, who could be anybody: they count a quarter.`,
  value: (value) =>
    `${ofThem(value)} bought for less than 25 dollars in all, which counts less; more than that counts no more.`,
  age: (value) => `With ${ofThem(value)} the newest sale is some time ago: what it counts halves each year.`,
  silent: (value) => `${ofThem(value)} said nothing in the end, and time spoke for them: half counts.`,
  own_circle: (value) =>
    `${ofThem(value)} also trade with each other or are traded with in turn: such a circle counts little or nothing.`,
  ratings: (value) =>
    `Ratings are ${value.toFixed(1)} of 5 stars on average; 4 are taken for granted, more add and less take away.`,
  upheld_reports: (value, of) =>
    `Reports by ${other(value, of)} were upheld: they weigh by how well known the reporter is, against the sales that were made.`,
};

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
